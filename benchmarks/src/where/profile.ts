// One row of ringfs under perf: where its CPU time goes once it is warm.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncDisk } from '../page-cache';
import { Contestant } from '../rows/contestant';
import type { Sample } from '../rows/protocol';
import { calibratedOps, firstOps } from '../rows/round-length';
import type { Subject } from '../subjects/subject';
import type { Workload } from '../workloads/workload';
import { countPlaces } from './places';

export interface Profile {
  row: string;
  wallUs: number;
  cpuUs: number;
  /** Share of the CPU time by place; together 1. */
  shares: Record<string, number>;
  samples: number;
}

export interface Setup {
  subject: Subject;
  host: string;
  folder: string;
  rounds: number;
  signal: AbortSignal;
}

/** Samples a second: enough for a per cent, and too few to be felt. */
const frequencyHz = 2000;
const roundMs = 250;

export async function profileRow(workload: Workload, setup: Setup): Promise<Profile> {
  const { subject, folder, rounds } = setup;
  workload.setUp(folder);
  syncDisk(folder);
  const contestant = Contestant.start(subject, workload, setup);
  try {
    await contestant.hello;
    await warmUp(contestant, workload);
    const recording = await record(contestant.pid, path.join(folder, 'perf.data'));
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round++) samples.push(await contestant.round());
    const counts = countPlaces(await recording.stop());
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      row: workload.row,
      wallUs: mean(samples.map(({ wallUs }) => wallUs)),
      cpuUs: mean(samples.map(({ cpuUs }) => cpuUs)),
      shares: Object.fromEntries([...counts].map(([place, count]) => [place, count / total])),
      samples: total,
    };
  } finally {
    await contestant.stop();
  }
}

async function warmUp(contestant: Contestant, workload: Workload): Promise<void> {
  let { wallUs } = await contestant.round(firstOps(workload));
  for (let round = 0; round < 3; round++) {
    contestant.ops = calibratedOps(workload, wallUs, roundMs);
    ({ wallUs } = await contestant.round());
  }
}

/** Resolves once perf listens. */
async function record(pid: number, file: string): Promise<{ stop(): Promise<string> }> {
  const perf = spawn(
    'perf',
    ['record', '-q', '-e', 'cpu-clock', '-F', `${frequencyHz}`, '-g', '-p', `${pid}`, '-o', file],
    { stdio: 'ignore' },
  );
  const ended = once(perf, 'exit');
  await Promise.race([
    sleep(500),
    ended.then(([code]) =>
      Promise.reject(new Error(`perf record ended with ${code}: may this user profile?`)),
    ),
  ]);
  return {
    stop: async () => {
      perf.kill('SIGINT');
      await ended;
      const { stdout, stderr, status } = spawnSync('perf', ['script', '-i', file, '-F', 'comm,ip,sym,dso'], {
        encoding: 'utf8',
        maxBuffer: 2 ** 30,
      });
      if (status !== 0) throw new Error(`perf script: ${stderr}`);
      return stdout;
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
