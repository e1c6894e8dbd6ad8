// All subjects through one row: warmed, then round by round, in alternating order.
import { syncDisks } from './page-cache';
import { Peer } from './peer';
import type { Progress } from './progress';
import type { Sample } from './protocol';
import type { Measured } from './report';
import type { Subject } from './subjects/subject';
import type { Workload } from './workloads/workload';

/** Rounds before the clock counts: code gets compiled, caches fill. */
export const warmUpRounds = 2;

export interface Setup {
  subjects: readonly Subject[];
  rounds: number;
  /** The binary that runs the subjects that are Node. */
  node: string;
  folder: string;
  signal: AbortSignal;
  progress: Progress;
}

export async function measureRow(workload: Workload, setup: Setup): Promise<Measured> {
  const { row } = workload;
  setup.progress.stage(`${row}: preparing`);
  workload.setUp(setup.folder);
  syncDisks();

  const peers = setup.subjects.map((subject) =>
    Peer.start(subject, row, setup.folder, setup.node, setup.signal),
  );
  const measured: Measured = { row, samples: {}, hellos: {} };
  try {
    const hellos = await Promise.all(peers.map((peer) => peer.hello));
    for (const [index, { subject }] of peers.entries()) measured.hellos[subject.name] = hellos[index];
    for (let round = 0; round < warmUpRounds; round++) await eachInTurn(peers, round, row, setup);
    for (let round = 0; round < setup.rounds; round++) {
      for (const [name, sample] of await eachInTurn(peers, round, row, setup)) {
        measured.samples[name] ??= [];
        measured.samples[name].push(sample);
      }
    }
    return measured;
  } catch (error) {
    if (setup.signal.aborted) throw error;
    return { ...measured, samples: {}, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

async function eachInTurn(
  peers: readonly Peer[],
  round: number,
  row: string,
  { progress }: Setup,
): Promise<[string, Sample][]> {
  const samples: [string, Sample][] = [];
  for (const peer of round % 2 === 0 ? peers : [...peers].reverse()) {
    progress.stage(`${row}: ${peer.subject.name}`);
    samples.push([peer.subject.name, await peer.round()]);
    progress.step();
  }
  return samples;
}
