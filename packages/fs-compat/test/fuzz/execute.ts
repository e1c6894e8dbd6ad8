// Runs a program on one side: the running Node's functions, or ours.
import type { FileHandle } from 'node:fs/promises';
import * as util from 'node:util';
import { type Description, describe, isFileHandle } from './describe';
import { allowed, allowedOnHandle } from './guard';
import {
  type FunctionCall,
  type HandleCall,
  isHandleCall,
  isTogether,
  type Program,
  type Step,
} from './program';
import { useUp } from './uses';
import { type Making, materialise, type Value } from './values';
import type { World } from './world';

export type Api = Record<string, (...args: unknown[]) => unknown>;

/** One side of the comparison. */
export interface Subject {
  name: 'node' | 'ringfs';
  api: Api;
}

export interface Outcome {
  /** What both sides must have in common. */
  shown: Description;
  /** Whether the error's stack names who made the call; undefined: no error, or not one that was made here. */
  namesCaller: boolean | undefined;
}

/** No call on these folders takes long; but bare Node took more than 20 s for a stream of one byte at a time, beside a dozen busy processes. */
const TIMEOUT = 60_000;

export async function execute(program: Program, subject: Subject, world: World): Promise<Outcome[]> {
  const run = new Run(subject, world);
  const outcomes: Outcome[] = [];
  try {
    for (const step of program.steps) outcomes.push(...(await run.step(step)));
  } finally {
    outcomes.push(...(await run.closeAll()));
  }
  return outcomes;
}

const SKIPPED: Outcome = { shown: 'left out', namesCaller: undefined };

class Run {
  readonly #handles = new Map<number, unknown>();
  readonly #opened: FileHandle[] = [];

  constructor(
    private readonly subject: Subject,
    private readonly world: World,
  ) {}

  async step(step: Step): Promise<Outcome[]> {
    if (isTogether(step)) return await Promise.all(step.together.map((call) => this.#function(call)));
    return [isHandleCall(step) ? await this.#member(step) : await this.#function(step)];
  }

  async #function(step: FunctionCall): Promise<Outcome> {
    const fn = this.subject.api[step.call];
    if (fn === undefined || !this.#handlesAreThere(step.args)) return SKIPPED;
    if (!allowed(step.call, step.args, this.world.home, this.world.folder)) return SKIPPED;
    return await this.#observe(step, (args) => fn(...args));
  }

  async #member(step: HandleCall): Promise<Outcome> {
    const handle = this.#handles.get(step.handle) as Record<string | symbol, unknown> | undefined;
    if (handle === undefined || !this.#handlesAreThere(step.args)) return SKIPPED;
    if (!allowedOnHandle(step.call, handle.fd)) return SKIPPED;
    const member = handle[step.call === 'asyncDispose' ? Symbol.asyncDispose : step.call];
    if (typeof member !== 'function') return { shown: describe(member), namesCaller: undefined };
    return await this.#observe(step, (args) => member.apply(handle, args));
  }

  #handlesAreThere(args: Value[]): boolean {
    return slotsIn(args).every((slot) => this.#handles.has(slot));
  }

  async #observe(step: FunctionCall | HandleCall, call: (args: unknown[]) => unknown): Promise<Outcome> {
    const making: Making = { folder: this.world.folder, handles: this.#handles };
    const args = step.args.map((arg) => materialise(arg, making));
    const given = objectsIn(args);
    let returned = 'nothing';
    try {
      const value = await within(
        theCallingProgram(call, args, (kind) => {
          returned = kind;
        }),
      );
      this.#keep(step, value);
      const result = describe(await within(useUp(step, value)), given);
      return { shown: { returned, value: result, ...this.#after(given) }, namesCaller: undefined };
    } catch (error) {
      const stack = util.types.isNativeError(error) ? String(error.stack) : '';
      const foreign = !('code' in Object(error));
      return {
        shown: { returned, error: describe(error, given), ...this.#after(given) },
        namesCaller: foreign ? undefined : /\bat (?:async )?theCallingProgram\b/.test(stack),
      };
    }
  }

  /** What the call did to the caller's own memory. */
  #after(given: object[]): { memory?: Description } {
    const views = given.filter((item) => ArrayBuffer.isView(item));
    return views.length === 0 ? {} : { memory: views.map((view) => describe(view)) };
  }

  #keep(step: FunctionCall | HandleCall, value: unknown): void {
    if (!isFileHandle(value)) return;
    this.#opened.push(value);
    if ('slot' in step && step.slot !== undefined) this.#handles.set(step.slot, value);
  }

  /** What went wrong with it. */
  async closeAll(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const handle of this.#opened) {
      const failed = (error: unknown): void => {
        outcomes.push({ shown: { closing: describe(error) }, namesCaller: undefined });
      };
      await within(Promise.resolve(handle).then((it) => it.close())).catch(failed);
    }
    return outcomes;
  }
}

/** The function whose name the stacks of rejections must hold. */
async function theCallingProgram(
  call: (args: unknown[]) => unknown,
  args: unknown[],
  returns: (kind: string) => void,
): Promise<unknown> {
  let result: unknown;
  try {
    result = call(args);
  } catch (error) {
    returns('threw synchronously');
    throw error;
  }
  returns(result instanceof Promise ? 'Promise' : Object.prototype.toString.call(result));
  return await result;
}

async function within<T>(work: Promise<T> | T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the call did not end')), TIMEOUT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function slotsIn(value: Value): number[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('$' in value && value.$ === 'handle') return [value.slot as number];
  return Object.values(value).flatMap((item) => slotsIn(item as Value));
}

/** The program's own objects, also those inside options and arrays, in a fixed order. */
function objectsIn(values: unknown[], depth = 0): object[] {
  return values.flatMap((value) => {
    if (typeof value !== 'object' || value === null || isFileHandle(value)) return [];
    if (ArrayBuffer.isView(value) || depth > 2) return [value];
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value)) return [value, ...objectsIn(value, depth + 1)];
    if (prototype !== Object.prototype) return [];
    const fields: { value?: unknown }[] = Object.values(Object.getOwnPropertyDescriptors(value));
    return [
      value,
      ...objectsIn(
        fields.map((field) => field.value),
        depth + 1,
      ),
    ];
  });
}
