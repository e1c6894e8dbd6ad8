// Parent and child talk in lines: the parent writes `round`, the child answers one line of JSON. Pipes, not Node's IPC,
// because every runtime that may become a peer has them.

/** The child's first line. */
export interface Hello {
  /** Name and version of what runs the child. */
  runtime: string;
  /** What serves the calls, where the subject can say. */
  served?: string;
}

/** The child's answer to each `round`. */
export interface Sample {
  /** Wall time per op. */
  wallUs: number;
  /** User and system time per op, all threads of the process. */
  cpuUs: number;
  /** Times per op that a thread went to sleep. */
  switches: number;
}

export type Answer<Result> = { result: Result } | { failure: string };
