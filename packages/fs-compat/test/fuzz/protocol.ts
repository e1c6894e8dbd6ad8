/** What the process that runs programs tells the one that started it, and is told by it. */
import type { Difference } from './compare';
import type { Program } from './program';

export interface Order {
  backend: string;
  lane: string;
  seed: number;
  /** fast-check's way to one program of that seed. */
  path: string | null;
  /** A program to run in place of random ones. */
  program: Program | null;
  /** Folders to work in, one after the other. */
  bases: string[];
  /** Whichever comes first; null: no limit. */
  programs: number | null;
  milliseconds: number | null;
  uid: number | null;
  /** Where each program is noted before it runs, in case the process does not survive it. */
  journal: string;
}

export interface Progress {
  type: 'progress';
  programs: number;
  /** Calls compared, by function. */
  calls: Record<string, number>;
  milliseconds: number;
  /** What a run that goes on from here has to start with. */
  nextSeed: number;
}

export interface Failure {
  type: 'failure';
  seed: number;
  path: string | null;
  base: string;
  shrinks: number;
  program: Program;
  differences: Difference[];
  /** Whether the shrunk program failed once more. */
  again: boolean;
}

export interface Started {
  type: 'started';
  node: string;
  backend: string;
  reason: string;
}

export type Message = Started | Progress | Failure;
