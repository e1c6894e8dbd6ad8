/** What JavaScript keeps of one op in flight. */
import type { Results } from './drain.js';

/** A path as the kernel takes it: text (encoded as UTF-8) or bytes. */
export type Path = string | Uint8Array;

/** Turns the outcome at `index` into the op's value. */
export type Decode<T> = (results: Results, index: number, pending: Pending<T>) => T;

export class Pending<T> {
  /** Index into the tables, or -1 once settled. */
  id = -1;
  resolve!: (value: T) => void;
  reject!: (reason: Error) => void;
  /** Called when the op has settled, before anyone who waits for it goes on. */
  onSettled: (() => void) | undefined = undefined;

  /** What path a failure is about, where its value or object tells. */
  failedPath: ((value: number, object: unknown) => Path | undefined) | undefined = undefined;

  constructor(
    readonly decode: Decode<T>,
    /** The call to blame where the engine names none. */
    readonly syscall: string,
    /** For errors only. */
    readonly path: Path | undefined,
    readonly dest: Path | undefined,
  ) {}
}
