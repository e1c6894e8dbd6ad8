// One subject and one row in a process of their own: `child.js SUBJECT ROW FOLDER`. Ends when its input ends. The same
// compiled file runs on Node, Bun and Deno.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { runtimeName } from '../runtime-name';
import { findSubject } from '../subjects';
import { findWorkload } from '../workloads';
import type { Session, SyncSession, Workload } from '../workloads/workload';
import type { Answer, Hello, LoopDelay, Sample } from './protocol';

/** A row as this subject does it: refresh, then run, as often as it is asked. */
interface Runner {
  refresh(): void;
  run(ops: number): Promise<void> | void;
  stop?(): Promise<void>;
}

async function main([subjectName, row, folder]: string[]): Promise<void> {
  const subject = findSubject(subjectName);
  const workload = findWorkload(row);
  const runner = subject.load
    ? asynchronous(workload, await workload.start(await subject.load(), folder))
    : synchronous(workload, folder);
  answer<Hello>({
    result: { runtime: runtimeName(), ...(subject.describe && { served: await subject.describe() }) },
  });

  for await (const line of createInterface({ input: process.stdin })) {
    const [order, ops] = line.split(' ');
    if (order === 'round') answer<Sample>({ result: await round(runner, Number(ops)) });
    if (order === 'delay') answer<LoopDelay>({ result: await delay(runner, Number(ops)) });
  }
  await runner.stop?.();
}

function asynchronous({ concurrency, atOnce }: Workload, session: Session): Runner {
  const run = atOnce ? runAtOnce : runInFlight;
  return {
    refresh: () => session.refresh(),
    run: (ops) => run(session, concurrency, ops),
    stop: session.stop && (() => session.stop?.() ?? Promise.resolve()),
  };
}

function synchronous(workload: Workload, folder: string): Runner {
  const session = workload.startSync?.(folder) as SyncSession;
  return {
    refresh: () => session.refresh(),
    run: (ops) => {
      for (let index = 0; index < ops; index++) session.op(index);
    },
  };
}

async function runInFlight(session: Session, concurrency: number, ops: number): Promise<void> {
  let next = 0;
  async function runner(): Promise<void> {
    while (next < ops) await session.op(next++);
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, ops) }, runner));
}

async function runAtOnce(session: Session, concurrency: number, ops: number): Promise<void> {
  for (let next = 0; next < ops; next += concurrency) {
    const count = Math.min(concurrency, ops - next);
    await Promise.all(Array.from({ length: count }, (_, index) => session.op(next + index)));
  }
}

async function round({ refresh, run }: Runner, ops: number): Promise<Sample> {
  refresh();
  const usageBefore = process.resourceUsage();
  const startMs = performance.now();
  await run(ops);
  const wallMs = performance.now() - startMs;
  const usage = process.resourceUsage();

  const cpuUs = usage.userCPUTime + usage.systemCPUTime - usageBefore.userCPUTime - usageBefore.systemCPUTime;
  const switches = usage.voluntaryContextSwitches - usageBefore.voluntaryContextSwitches;
  return { wallUs: (wallMs * 1000) / ops, cpuUs: cpuUs / ops, switches: switches / ops };
}

async function delay({ refresh, run }: Runner, ops: number): Promise<LoopDelay> {
  refresh();
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await run(ops);
  // What held the loop until now is known at the timer's next tick.
  await new Promise((resolve) => setTimeout(resolve, 5));
  histogram.disable();
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  return {
    p50Ms: ms(histogram.percentile(50)),
    p99Ms: ms(histogram.percentile(99)),
    maxMs: ms(histogram.max),
  };
}

function answer<Result>(line: Answer<Result>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  answer({ failure: error.stack ?? error.message });
  process.exitCode = 1;
});
