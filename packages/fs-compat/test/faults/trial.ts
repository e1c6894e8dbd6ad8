// One try: a call of which something goes wrong. It must settle, once; with what bare Node answers where nothing is wrong,
// or with the error that was put in; nothing may be left of it; the next call must be right.
import * as nodeFs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Description, describe } from '../fuzz/describe';
import { shown } from '../fuzz/show';
import type { World } from '../fuzz/world';
import type { Case, Faces, Promises } from './cases';
import { forget, fresh } from './fresh';
import { describePlan, type Faults, isCancel, Manner, mayTell, type Plan, Point } from './plan';

const PATIENCE_MS = 10_000;

export const bare: Faces = { promises: { ...nodeFs.promises } as Promises, callbacks: nodeFs };

export interface Answer {
  value?: unknown;
  error?: NodeJS.ErrnoException;
  shown: Description;
  tree: Description;
}

/** It never came. */
const LATE = Symbol('late');

export async function answerOf(work: () => Promise<unknown>, world: World): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, LATE);
  });
  const answer: Partial<Answer> = {};
  try {
    answer.value = await Promise.race([work(), late]);
    if (answer.value === LATE) answer.error = new Error('it has never settled');
  } catch (error) {
    answer.error = error as Error;
  }
  clearTimeout(timer);
  return { ...answer, shown: withoutMemory(describe(answer.error ?? answer.value)), tree: world.tree() };
}

/** Whether a Buffer's memory is its own differs between Node's ways and ours. */
function withoutMemory(shown: Description): Description {
  if (typeof shown !== 'object' || shown === null) return shown;
  if (Array.isArray(shown)) return shown.map(withoutMemory);
  const { memory: _, ...rest } = shown;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutMemory(value)]));
}

/** What the call does where nothing goes wrong: bare Node's answer, or ours where Node has no such call. */
export async function expectedOf(which: Case, world: World): Promise<Answer> {
  world.lay();
  const faces = which.name.startsWith('core.') ? fresh() : bare;
  const answer = await answerOf(() => which.run(faces, new AbortController().signal), world);
  forget();
  return answer;
}

export class Trial {
  readonly #faults: Faults;
  readonly #world: World;
  readonly #forced: boolean;

  constructor(faults: Faults, world: World, forced: boolean) {
    this.#faults = faults;
    this.#world = world;
    this.#forced = forced;
  }

  /** Whether the fault was met, and what was wrong, if anything. */
  async run(
    which: Case,
    plan: Plan,
    nth: number,
    expected: Answer,
  ): Promise<{ met: boolean; wrong: string }> {
    this.#world.lay();
    const { met, wrong } = await this.#tried(which, plan, nth, expected);
    forget();
    return { met, wrong: wrong && `${which.name}: ${describePlan(plan, nth)}: ${wrong}` };
  }

  async #tried(
    which: Case,
    plan: Plan,
    nth: number,
    expected: Answer,
  ): Promise<{ met: boolean; wrong: string }> {
    const faults = this.#faults;
    const faces = fresh();
    const control = new AbortController();
    const { point, manner, error, forGood, times } = plan;
    faults.arm(Point[point], Manner[manner], error, nth, forGood, times);
    const watching = isCancel(plan) ? this.#cancel(control, manner === 'hangs') : undefined;
    const signal = which.cancellable ? control.signal : undefined;
    const answer = await answerOf(() => which.run(faces, signal), this.#world);
    watching?.();
    const struck = faults.disarm();
    const wrong = this.#judge(which, plan, struck, answer, expected) || (await this.#next(faces));
    return { met: struck > 0, wrong };
  }

  /** Calls off as soon as a call is held, or soon after where a request hangs. Returns what ends that. */
  #cancel(control: AbortController, soon: boolean): () => void {
    let over = false;
    const look = (): void => {
      if (over) return;
      if (this.#faults.isMet()) {
        control.abort();
        this.#faults.goOn();
        return;
      }
      setImmediate(look);
    };
    const timer = soon ? setTimeout(() => control.abort(), 5) : undefined;
    if (!soon) setImmediate(look);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }

  #judge(which: Case, plan: Plan, struck: number, answer: Answer, expected: Answer): string {
    const { error } = answer;
    const asExpected = isDeepStrictEqual(answer.shown, expected.shown);
    if (asExpected && isDeepStrictEqual(answer.tree, expected.tree)) return '';
    if (error !== undefined && !asExpected) return this.#judgeError(which, plan, struck, error);
    if (which.mayDeny && struck > 0 && answer.value === false) return '';
    if (which.mayLack && struck > 0) return lacks(answer.value, expected.value);
    const cuts = plan.manner === 'short' || plan.manner === 'almost';
    if (which.mayMoveLess && cuts && struck > 0) return movedLess(answer.value, expected.value);
    return `another answer than Node's, ${struck} struck:\n${shown(
      '',
      { value: expected.shown, tree: expected.tree },
      { value: answer.shown, tree: answer.tree },
    )}`;
  }

  #judgeError(which: Case, plan: Plan, struck: number, error: NodeJS.ErrnoException): string {
    const { code, errno, syscall, message, stack } = error;
    // A hanging request is called off after a while, met or not.
    if (struck === 0 && plan.manner !== 'hangs') return `an error without a fault: ${message}`;
    const allowed = mayTell(plan, this.#forced);
    if (code === undefined || !allowed.includes(code as string)) return `another error: ${code}, ${message}`;
    const ofSystem = !/^(?:ABORT_ERR|ERR_RINGFS_START)$/.test(code);
    if (ofSystem && errno !== -plan.error && plan.point === 'call') return `errno ${errno} of ${message}`;
    if (ofSystem && syscall === undefined) return `no syscall in ${message}`;
    // A callback's error has none in Node either, nor has that of a Dir.
    const framed = !which.name.startsWith('callbacks.') && syscall !== 'readdir' && syscall !== 'closedir';
    if (framed && !/\n\s+at /.test(stack ?? '')) return `no frame in ${stack}`;
    return '';
  }

  async #next(faces: Faces): Promise<string> {
    const file = `${this.#world.home}/next`;
    nodeFs.writeFileSync(file, 'the next call');
    try {
      const text = await faces.promises.readFile(file, 'utf8');
      return text === 'the next call' ? '' : 'the next call read something else';
    } catch (error) {
      return `the next call failed: ${(error as Error).message}`;
    }
  }
}

const countOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value[0] as number;
  const { bytesRead, bytesWritten } = value as { bytesRead?: number; bytesWritten?: number };
  return bytesRead ?? bytesWritten ?? -1;
};

/** Names that are left out, and none that should not be there. */
function lacks(value: unknown, whole: unknown): string {
  const strange = (value as string[]).filter((name) => !(whole as string[]).includes(name));
  return strange.length === 0 ? '' : `strange names: ${strange.join(' ')}`;
}

/** A count that is cut short is told, and is no more than what it might have been. */
function movedLess(value: unknown, whole: unknown): string {
  const [count, most] = [countOf(value), countOf(whole)];
  return count > 0 && count <= most ? '' : `moved ${count} bytes of ${most}`;
}
