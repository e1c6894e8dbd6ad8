/**
 * One runtime per environment (main thread or worker): ops are written as records, go to the engine once per tick,
 * and are settled a batch at a time. The two halves of that loop are submit.ts and drain.ts.
 */
import type { NativeRuntime } from '@ringfs/native';
import { backend, preferenceOf } from './backend.js';
import { Drain } from './drain.js';
import { collect } from './found.js';
import { Submission } from './submit.js';

export class Runtime {
  readonly submission: Submission;
  readonly drain: Drain;
  readonly native: NativeRuntime;
  /** Held here because the addon holds it only weakly while nothing is in flight. */
  private readonly onDrain: (count: number) => void;
  /** The same for the class of Node's inner handles. */
  private handleClass: (new (fd: number) => object) | undefined;

  constructor() {
    const { addon, name, lane } = backend();
    if (addon === null) throw new Error('ringfs: the node backend has no runtime');
    // Indexed by op id: the user's view while the op is in flight, the result when it is done. The array is the
    // runtime's own; no user code can reach it.
    const objects: unknown[] = [];
    const drain = new Drain(objects);
    this.onDrain = (count) => drain.settle(count);
    this.native = new addon.Runtime(name === 'io_uring', preferenceOf(lane), objects, this.onDrain, collect);
    drain.attach(this.native.memory);
    this.drain = drain;
    this.submission = new Submission(this.native, drain);
  }

  /** Says what an open with the option wrap makes of its descriptor: see @ringfs/native. */
  setHandleClass(inner: new (fd: number) => object): void {
    this.handleClass = inner;
    this.native.setHandleClass(this.handleClass);
  }
}

let current: Runtime | undefined;

/** The runtime of this environment, made at the first call: nothing starts before the first op. */
export function runtime(): Runtime {
  current ??= new Runtime();
  return current;
}

/**
 * Whether ops go to the engine here; it is started if need be. Undefined: not just now, for want of descriptors; the op
 * at hand is Node's, and the next one asks again.
 * @throws ERR_RINGFS_BACKEND if a forced backend is not to be had, ERR_RINGFS_START if it cannot be started just now
 */
export function engineNow(): boolean | undefined {
  if (current !== undefined) return true;
  const { addon, passing, forced } = backend();
  if (addon === null) return passing ? undefined : false;
  try {
    runtime();
    return true;
  } catch (error) {
    if (forced || (error as NodeJS.ErrnoException).code !== 'ERR_RINGFS_START') throw error;
    return undefined;
  }
}

/** The runtime if an op has been made, for those who only look. */
export function runtimeIfAny(): Runtime | undefined {
  return current;
}
