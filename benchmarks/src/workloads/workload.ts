// One file per kind of work, listed in index.ts.
import type { Fs } from '../subjects/subject';

/** One row of the report. */
export interface Workload {
  /** As --rows names it. */
  row: string;
  /** Ops in flight at any moment. */
  concurrency: number;
  /** Ops per round. */
  ops: number;
  /** Drops the page cache before every round, which only root may do. */
  cold?: true;
  /** In the parent, once: makes the files, the same for all subjects. */
  setUp(folder: string): void;
  /** In the child, once. */
  start(fs: Fs, folder: string): Session | Promise<Session>;
}

/** A workload in a child, ready to run rounds. */
export interface Session {
  /** Before every round, off the clock: re-reads the files, makes a fresh folder. */
  refresh(): void;
  /** The `index`-th op of a round. It rejects if the result is wrong. */
  op(index: number): Promise<unknown>;
  stop?(): Promise<void>;
}
