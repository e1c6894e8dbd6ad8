/** What JavaScript keeps of one op in flight. */
import type { Results } from './drain.js';
import { globals } from './globals.js';

/** A path as the kernel takes it: text (encoded as UTF-8) or bytes. */
export type Path = string | Uint8Array;

/** Turns the outcome at `index` into the op's value. */
export type Decode<T> = (results: Results, index: number, pending: Pending<T>) => T;

interface Waiter<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
}

/** An op on its way, and what became of it. */
export class Pending<T> {
  /** Index into the tables, or -1 once settled. */
  id = -1;
  /** Called when the op has settled, before anyone who waits for it goes on. */
  onSettled: (() => void) | undefined = undefined;
  /** What path a failure is about, where its value or object tells. */
  failedPath: ((value: number, object: unknown) => Path | undefined) | undefined = undefined;
  /** It has come to its end, and take() tells. */
  settled = false;
  private failed = false;
  private outcome: T | Error | undefined = undefined;
  private waiter: Waiter<T> | undefined = undefined;

  constructor(
    readonly decode: Decode<T>,
    /** The call to blame where the engine names none. */
    readonly syscall: string,
    /** For errors only. */
    readonly path: Path | undefined,
    readonly dest: Path | undefined,
  ) {}

  /** Made when it is asked for: of many ops at once most have settled before anyone needs one. */
  get promise(): Promise<T> {
    if (!this.settled) return this.toCome();
    return this.failed ? globals.Promise.reject(this.outcome) : globals.Promise.resolve(this.outcome as T);
  }

  succeed(value: T): void {
    this.settled = true;
    this.outcome = value;
    this.waiter?.resolve(value);
  }

  fail(error: Error): void {
    this.settled = true;
    this.failed = true;
    this.outcome = error;
    this.waiter?.reject(error);
  }

  /** The value of an op that has settled. @throws the error it failed with */
  take(): T {
    if (this.failed) throw this.outcome as Error;
    return this.outcome as T;
  }

  private toCome(): Promise<T> {
    if (this.waiter !== undefined) return this.waiter.promise;
    const waiter = {} as Waiter<T>;
    waiter.promise = new globals.Promise((resolve, reject) => {
      waiter.resolve = resolve;
      waiter.reject = reject;
    });
    // A promise hook may have run meanwhile, with code that asked for the promise too, or sent the batch.
    if (this.settled) return this.promise;
    this.waiter ??= waiter;
    return this.waiter.promise;
  }
}
