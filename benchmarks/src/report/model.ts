// What a run leaves behind, as it stands in the JSON.

import type { GrowthLine } from '../parts/growth';
import type { StartLine } from '../parts/start';
import type { StarvationLine } from '../parts/starvation';
import type { Hello, LoopDelay, Sample } from '../rows/protocol';
import type { Comparison, Figures } from '../statistics';
import type { Role } from '../subjects/subject';
import type { Verdict } from './verdict';

export interface Report {
  format: 'ringfs-benchmark-2';
  /** What the run was asked to be: `node20`, `node26`, or the name of a run of single rows. */
  name: string;
  date: string;
  commit: string;
  command: string;
  machine: string;
  /** The load average before the run: above a quarter of the CPUs others were at work. */
  loadBefore: number;
  /** As --host names it. */
  hostName: string;
  /** Name and version of the host: what runs ringfs, `node` and `node-sync`. */
  host: string;
  /** The subject the others are compared with. */
  ours: string;
  subjects: Record<string, SubjectInfo>;
  sections: Section[];
  starvation: StarvationLine[];
  growth: GrowthLine[];
  start: StartLine[];
  /** What was not measured, and why. */
  skipped: string[];
  seconds: number;
}

export interface SubjectInfo extends Hello {
  role: Role;
}

/** The rows in one setting. */
export interface Section {
  id: SectionId;
  filesystem: string;
  busyCpus: number;
  rounds: number;
  roundMs: number;
  rows: Row[];
}

export type SectionId = 'rows' | 'busy' | 'tmpfs' | 'xfs';

export interface Row {
  row: string;
  subjects: Record<string, Line>;
  failures: Record<string, string>;
  /** Where there is a goal, and ours could be measured. */
  verdict?: Verdict;
}

export interface Line extends Figures {
  /** Against ours; ours itself has none. */
  comparison?: Comparison;
  delay?: LoopDelay;
  samples: Sample[];
}
