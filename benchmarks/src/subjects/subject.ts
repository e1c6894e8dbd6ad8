// One file per kind of subject, listed in index.ts: a further peer is one more file.
import type * as fsPromises from 'node:fs/promises';
import type { Workload } from '../workloads/workload';

/** What the workloads ask of a subject. */
export type Fs = Pick<
  typeof fsPromises,
  'mkdir' | 'open' | 'readdir' | 'readFile' | 'rmdir' | 'stat' | 'unlink' | 'writeFile'
>;

/** What a child is started for. */
export interface Job {
  /** The Node binary that --host chose. */
  host: string;
  /** The compiled script and its arguments, for subjects that run JavaScript. */
  script: readonly string[];
  /** For those that bring a program of their own. */
  workload?: Workload;
  folder: string;
}

export interface Command {
  program: string;
  args: readonly string[];
  env?: Record<string, string>;
}

/**
 * `ours` is what is measured, a `peer` is what it is measured against, and a `limit` is no peer: what the machine can do
 * without promises.
 */
export type Role = 'ours' | 'peer' | 'limit';

export interface Subject {
  /** As --subjects names it. */
  name: string;
  role: Role;
  /** For --list. */
  about: string;
  /** In the parent, before the first child: fetches or compiles what is missing, and throws where it cannot. */
  prepare?(): void;
  /** In the parent: what starts a child. */
  command(job: Job): Command;
  /** Left out: in every row. */
  takesPart?(workload: Workload): boolean;
  /** In the child: the functions under test. A subject without it brings its own child, or uses `startSync`. */
  load?(): Promise<Fs>;
  /** In the child: what served the calls, for the report. */
  describe?(): Promise<string>;
}

export function takesPart(subject: Subject, workload: Workload): boolean {
  return subject.takesPart?.(workload) ?? true;
}
