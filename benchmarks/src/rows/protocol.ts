// Parent and child talk in lines: the parent writes an order, the child answers one line of JSON. Pipes, not Node's IPC,
// because every runtime that is a peer has them, and the floor in C too.

/** `round OPS` is answered by a Sample, `delay OPS` by a LoopDelay. */
export type Order = 'round' | 'delay';

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

/** What the event loop of the child went through meanwhile: the time from one tick of a timer of 1 ms to the next. */
export interface LoopDelay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export type Answer<Result> = { result: Result } | { failure: string };
