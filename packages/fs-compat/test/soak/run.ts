// Actors who work at the same time, each against its own model, for as long as is asked for.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { grown, type State, stateNow } from '../acceptance-support/process-state';
import { Actor } from './actor';
import { handleActions } from './handle-actions';
import { type Action, pathActions } from './path-actions';
import { ofTheKernel, type Sample, sampleNow } from './samples';

export interface Order {
  /** An empty folder. */
  folder: string;
  seed: number;
  milliseconds: number;
  actors: number;
  onSample?: (sample: Sample, counts: Record<string, number>) => void;
}

export interface Report {
  backend: string;
  /** Ops by kind. */
  counts: Record<string, number>;
  samples: Sample[];
  /** What differed, with the last actions of its actor. */
  difference: string | undefined;
  /** Threads and descriptors more than at the start. */
  left: string[];
}

const SAMPLE_MS = 1000;
const WARM_MS = 1500;
const POOL = 'ringfs-pool';
const POOL_THREADS = 4;
const SETTLE_MS = 15_000;
/** So many steps after which an actor compares everything with what Node's own functions see. */
const VERIFY_EVERY = 500;

const api = require('@ringfs/fs-compat') as typeof fs;
const { capabilities } = require('@ringfs/core') as { capabilities(): { backend: string } };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const table: [name: string, action: Action][] = Object.entries({ ...pathActions, ...handleActions }).flatMap(
  ([name, [weight, action]]) => Array.from({ length: weight }, (): [string, Action] => [name, action]),
);

export interface Play {
  over: boolean;
  counts: Record<string, number>;
  difference: string | undefined;
}

export async function act(actor: Actor, play: Play): Promise<void> {
  try {
    for (let step = 1; !play.over; step++) {
      const [name, action] = actor.pick(table);
      const before = actor.acted;
      await action(actor);
      if (actor.acted > before) play.counts[name] = (play.counts[name] ?? 0) + 1;
      if (step % VERIFY_EVERY === 0) actor.verify();
    }
    actor.verify();
  } catch (error) {
    play.over = true;
    play.difference ??= `${(error as Error).stack}\nin ${actor.folder}; the last actions:\n  ${actor.log.join('\n  ')}`;
  } finally {
    await actor.close();
  }
}

/** Everything that a process starts once: all of our threads and Node's. */
async function warmUp(folder: string, seed: number): Promise<void> {
  const names = Array.from({ length: 64 }, (_, i) => path.join(folder, `warm-${i}`));
  for (const { promises } of [api, fs]) {
    await Promise.all(names.map((name) => promises.writeFile(name, 'x', { flush: true })));
    await Promise.all(names.map((name) => promises.readFile(name)));
    await Promise.all(names.map((name) => promises.unlink(name)));
  }
  const play: Play = { over: false, counts: {}, difference: undefined };
  setTimeout(() => {
    play.over = true;
  }, WARM_MS);
  const bare = capabilities().backend === 'node';
  await act(new Actor({ api, folder: path.join(folder, 'warm'), seed, bare }), play);
  if (play.difference !== undefined) throw new Error(play.difference);
}

async function leftOver(base: State): Promise<string[]> {
  const own = (threads: string[]): string[] => threads.filter((name) => !ofTheKernel(name));
  // Each thread of the pool is started by the first job that finds the others at work, and stays.
  const most = [...own(base.threads).filter((name) => name !== POOL), ...Array(POOL_THREADS).fill(POOL)];
  let left: string[] = [];
  for (const until = performance.now() + SETTLE_MS; performance.now() < until; await sleep(200)) {
    const now = stateNow();
    left = [
      ...grown(most, own(now.threads)).map((name) => `thread ${name}`),
      ...grown(base.descriptors, now.descriptors).map((name) => `descriptor ${name}`),
      ...(now.openFiles === base.openFiles ? [] : [now.openFiles]),
    ];
    if (left.length === 0) break;
  }
  return left;
}

export async function soak({ folder, seed, milliseconds, actors, onSample }: Order): Promise<Report> {
  await warmUp(folder, seed);
  const { backend } = capabilities();
  const base = stateNow();
  const play: Play = { over: false, counts: {}, difference: undefined };
  const samples: Sample[] = [];
  const began = performance.now();
  const sample = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const ops = Object.values(play.counts).reduce((sum, count) => sum + count, 0);
    samples.push(sampleNow(seconds, ops));
    onSample?.(samples[samples.length - 1], play.counts);
    if (seconds * 1000 >= milliseconds) play.over = true;
  };
  sample();
  const timer = setInterval(sample, Math.min(SAMPLE_MS, milliseconds));
  await Promise.all(
    Array.from({ length: actors }, (_, i) => {
      const own = path.join(folder, `actor-${i}`);
      return act(new Actor({ api, folder: own, seed: seed + 1 + i, bare: backend === 'node' }), play);
    }),
  );
  clearInterval(timer);
  return { backend, counts: play.counts, samples, difference: play.difference, left: await leftOver(base) };
}
