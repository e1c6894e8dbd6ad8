/** The second half of the loop: settles every op of a batch in one call. */
import { layout, type SharedMemory } from '@ringfs/native';
import { callName, specialError, systemError } from './errors.js';
import type { Path, Pending } from './pending.js';
import { tableOf } from './table.js';

const { RESULT_WORDS } = layout;

/** What decoders read: views of the shared memory, valid during settle(). */
export interface Results {
  /** The outcomes themselves: layout.ts says which word is what. */
  words: Int32Array;
  /** A count, a descriptor or a size, by op. */
  values: Float64Array;
  stats: Float64Array;
  bigStats: BigInt64Array;
  /** Results that are objects, by op id. */
  objects: unknown[];
}

export class Drain {
  readonly pending: (Pending<unknown> | undefined)[] = [];
  /** While outcomes are read, nothing may be submitted: it would overwrite them. */
  settling = false;
  /** The object of the last attempt that was done at once. */
  attempted: unknown;
  private readonly freeIds: number[] = [];
  private words!: Int32Array;
  results!: Results;

  constructor(private readonly objects: unknown[]) {}

  attach(memory: SharedMemory): void {
    this.words = new Int32Array(memory.results);
    this.results = {
      words: this.words,
      values: new Float64Array(memory.values),
      stats: new Float64Array(memory.stats),
      bigStats: new BigInt64Array(memory.stats),
      objects: this.objects,
    };
  }

  /** Gives the op an id, and notes what it shows to the engine. */
  add<T>(pending: Pending<T>, object: unknown): number {
    const id = this.freeIds.pop() ?? this.pending.length;
    this.pending[id] = pending as Pending<unknown>;
    this.objects[id] = object;
    pending.id = id;
    return id;
  }

  /** The object of an attempt that was done at once, for its one taker. */
  takeAttempted(): unknown {
    const object = this.attempted;
    this.attempted = undefined;
    return object;
  }

  /** Throws if the attempt that was done at once has failed. */
  checkAttempt(syscall: string, path: Path | undefined): void {
    const error = this.words[1] as number;
    if (error === 0) return;
    const blamed = { syscall, path, dest: undefined, failedPath: undefined };
    throw failure(error, this.words[2] as number, this.results.values[0] as number, blamed, undefined);
  }

  /** Settles the first `count` outcomes. No user code runs in here: promise reactions come later. */
  settle(count: number): void {
    const { words, results, objects } = this;
    this.settling = true;
    for (let index = 0; index < count; index += 1) {
      const at = index * RESULT_WORDS;
      const id = words[at] as number;
      const error = words[at + 1] as number;
      const pending = this.pending[id];
      if (pending === undefined) continue;
      try {
        if (error === 0) {
          pending.succeed(pending.decode(results, index, pending));
        } else {
          const call = words[at + 2] as number;
          pending.fail(failure(error, call, results.values[index] as number, pending, objects[id]));
        }
        if (pending.onSettled !== undefined) pending.onSettled();
      } catch (thrown) {
        // From what a program has put in the place of something we call. Its op fails of it; the others of the batch, and
        // all that come after, must not wait for ever.
        pending.fail(thrown as Error);
      }
      this.pending[id] = undefined;
      objects[id] = undefined;
      pending.id = -1;
      this.freeIds[this.freeIds.length] = id;
    }
    this.settling = false;
  }
}

function failure(error: number, call: number, value: number, pending: Blamed, object: unknown): Error {
  const special = specialError(error, value);
  if (special !== undefined) return special;
  const syscall = callName(call, pending.syscall);
  // Node names the path where the failing call was given one.
  const named = NAMES_PATH[syscall] === true;
  const part = pending.failedPath?.(value, object);
  if (part !== undefined) return systemError(error, syscall, part);
  return systemError(error, syscall, named ? pending.path : undefined, named ? pending.dest : undefined);
}

/** What an error says of its op. */
type Blamed = Pick<Pending<unknown>, 'syscall' | 'path' | 'dest' | 'failedPath'>;

const NAMES_PATH = tableOf({
  open: true,
  stat: true,
  lstat: true,
  access: true,
  unlink: true,
  mkdir: true,
  rename: true,
  scandir: true,
  chmod: true,
  chown: true,
  lchown: true,
  utime: true,
  lutime: true,
  link: true,
  symlink: true,
  readlink: true,
  realpath: true,
  rmdir: true,
  statfs: true,
  mkdtemp: true,
  copyfile: true,
  opendir: true,
});
