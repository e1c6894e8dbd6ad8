// One file per kind of work, listed in index.ts.
import type { FileSet } from '../files';
import type { Fs } from '../subjects/subject';

/** One row of the report. */
export interface Workload {
  /** As --rows names it. */
  row: string;
  /** Ops in flight at any moment. */
  concurrency: number;
  /** Ops of a round at most; slow subjects do fewer, so that a round takes about as long for all. */
  ops: number;
  /** All `concurrency` ops start in one tick, and the next ones when all have ended. */
  atOnce?: true;
  /** Every file may be read only once a round: evicted from the page cache before. */
  cold?: true;
  /** O_DIRECT: fio takes part. */
  direct?: true;
  /** The op of floor/ops.c that does the same, and its files. */
  floor?: { op: string; files: FileSet };
  /** In the parent, once: makes the files, the same for all subjects. */
  setUp(folder: string): void;
  /** In the child, once. */
  start(fs: Fs, folder: string): Session | Promise<Session>;
  /** In the child of node-sync, once: the same with blocking calls, where a goal refers to them. */
  startSync?(folder: string): SyncSession;
}

/** A workload in a child, ready to run rounds. */
export interface Session {
  /** Before every round, off the clock: re-reads the files, makes a fresh folder. */
  refresh(): void;
  /** The `index`-th op of a round. It rejects if the result is wrong. */
  op(index: number): Promise<unknown>;
  stop?(): Promise<void>;
}

export interface SyncSession {
  refresh(): void;
  op(index: number): void;
}
