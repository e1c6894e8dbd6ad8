// What the demo tells a worker and what the worker answers. Both are plain JSON.
import type { Capabilities, Counters } from './lanes';
import type { Entry } from './walk';

/**
 * In their order; a cold job runs the first two. `write` makes new files, `overwrite` writes over other versions of
 * them: what a build does with its output, and a tool with its cache.
 */
export const phases = ['read', 'hash', 'write', 'verify', 'overwrite'] as const;
export type Phase = (typeof phases)[number];

export interface Job {
  subject: string;
  /** `warm`: files re-read before the clock starts, then all phases. `cold`: page cache dropped, then read and hash. */
  mode: 'warm' | 'cold';
  source: string;
  /** Where the copy goes; its folders exist already. Unused in a cold job. */
  target: string;
  segments: Entry[][];
}

export interface Cost {
  wallMs: number;
  /** User and system time of the whole process, all threads. */
  cpuMs: number;
  /** Growth of ringfs's counters, for the subject that has them. */
  counters?: Counters;
}

export interface Report {
  subject: string;
  mode: Job['mode'];
  files: number;
  bytes: number;
  costs: Partial<Record<Phase, Cost>>;
  /** Tree hash of what was read. */
  sourceHash: string;
  /** Tree hash of what was read back; absent from a cold job. */
  copyHash?: string;
  capabilities?: Capabilities;
}

export type Message =
  | { kind: 'progress'; phase: Phase; files: number }
  | { kind: 'report'; report: Report }
  | { kind: 'failure'; reason: string };
