// One file per subject, listed in index.ts: a further peer is one more file.
import type * as fsPromises from 'node:fs/promises';

/** What the workloads ask of a subject. */
export type Fs = Pick<
  typeof fsPromises,
  'mkdir' | 'open' | 'readFile' | 'rmdir' | 'stat' | 'unlink' | 'writeFile'
>;

export interface Command {
  program: string;
  /** What stands before the script. */
  args: string[];
  env?: Record<string, string>;
}

export interface Subject {
  /** As --subjects names it. */
  name: string;
  /** In the parent: what starts a child of it. `node` is the binary that --node chose. */
  command(node: string): Command;
  /** In the child: the functions under test. */
  load(): Promise<Fs>;
  /** In the child: what served the calls, for the report. */
  describe?(): Promise<string>;
}
