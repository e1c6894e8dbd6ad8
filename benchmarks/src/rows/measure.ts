// All subjects through one row: warmed, then round by round, in an order that changes.
import { syncDisk } from '../page-cache';
import type { Progress } from '../progress';
import { type Subject, takesPart } from '../subjects/subject';
import type { Workload } from '../workloads/workload';
import { Contestant } from './contestant';
import type { Hello, LoopDelay, Sample } from './protocol';
import { calibratedOps, firstOps } from './round-length';

/** Rounds before the clock counts: the speed gets known, code gets compiled, caches fill. */
export const warmUpRounds = 3;

export interface Setup {
  subjects: readonly Subject[];
  rounds: number;
  roundMs: number;
  /** The binary that runs ringfs, and the subjects that are the host itself. */
  host: string;
  folder: string;
  /** Subjects whose event loop is watched in a round of its own. */
  watched: readonly string[];
  signal: AbortSignal;
  progress: Progress;
}

/** What one row's run left behind. */
export interface Measured {
  row: string;
  /** Per subject, one sample a round. A subject that failed has none. */
  samples: Record<string, Sample[]>;
  delays: Record<string, LoopDelay>;
  hellos: Record<string, Hello>;
  failures: Record<string, string>;
}

export async function measureRow(workload: Workload, setup: Setup): Promise<Measured> {
  const { row } = workload;
  const measured: Measured = { row, samples: {}, delays: {}, hellos: {}, failures: {} };
  setup.progress.stage(`${row}: preparing`);
  workload.setUp(setup.folder);
  syncDisk(setup.folder);

  const all = setup.subjects
    .filter((subject) => takesPart(subject, workload))
    .map((subject) => Contestant.start(subject, workload, setup));
  const race = new Race(workload, setup, all, measured);
  try {
    await race.each(0, async (contestant) => {
      measured.hellos[contestant.subject.name] = await contestant.hello;
    });
    await race.warmUp();
    for (let round = 0; round < setup.rounds; round++) await race.round(round);
    await race.watch();
    return measured;
  } finally {
    await Promise.all(all.map((contestant) => contestant.stop()));
  }
}

class Race {
  constructor(
    private readonly workload: Workload,
    private readonly setup: Setup,
    private readonly contestants: readonly Contestant[],
    private readonly measured: Measured,
  ) {}

  async warmUp(): Promise<void> {
    const { workload, setup } = this;
    await this.each(0, async (contestant) => {
      const { wallUs } = await contestant.round(firstOps(workload));
      contestant.ops = calibratedOps(workload, wallUs, setup.roundMs);
    });
    for (let round = 1; round < warmUpRounds; round++) {
      await this.each(round, async (contestant) => {
        const { wallUs } = await contestant.round();
        contestant.ops = calibratedOps(workload, wallUs, setup.roundMs);
      });
    }
  }

  async round(round: number): Promise<void> {
    const { samples } = this.measured;
    await this.each(round, async (contestant) => {
      const { name } = contestant.subject;
      samples[name] ??= [];
      samples[name].push(await contestant.round());
    });
  }

  async watch(): Promise<void> {
    const watched = this.contestants.filter(({ subject }) => this.setup.watched.includes(subject.name));
    for (const contestant of watched) {
      // Long enough that one tick in a hundred is more than one.
      const ops = Math.max(1, Math.round((contestant.ops * 500) / this.setup.roundMs));
      const many = this.workload.cold ? contestant.ops : ops;
      await this.guarded(contestant, async () => {
        this.measured.delays[contestant.subject.name] = await contestant.delay(many);
      });
    }
  }

  /** One after the other; who comes first changes with every round, and the direction too. */
  async each(round: number, job: (contestant: Contestant) => Promise<void>): Promise<void> {
    const { contestants, setup, workload } = this;
    const first = round % contestants.length;
    const turned = [...contestants.slice(first), ...contestants.slice(0, first)];
    for (const contestant of round % 2 === 0 ? turned : turned.reverse()) {
      setup.progress.stage(`${workload.row}: ${contestant.subject.name}`);
      await this.guarded(contestant, () => job(contestant));
      setup.progress.step();
    }
  }

  /** A subject that fails is out of the row, and the others go on. */
  private async guarded({ subject: { name } }: Contestant, job: () => Promise<void>): Promise<void> {
    const { failures, samples } = this.measured;
    if (name in failures) return;
    try {
      await job();
    } catch (error) {
      if (this.setup.signal.aborted) throw error;
      failures[name] = error instanceof Error ? error.message : String(error);
      delete samples[name];
    }
  }
}
