// One subject and one row in a process of their own: `child.js SUBJECT ROW FOLDER`. Ends when its input ends.
import { createInterface } from 'node:readline';
import type { Answer, Hello, Sample } from './protocol';
import { findSubject } from './subjects';
import { findWorkload } from './workloads';
import type { Session, Workload } from './workloads/workload';

async function main([subjectName, row, folder]: string[]): Promise<void> {
  const subject = findSubject(subjectName);
  const workload = findWorkload(row);
  const session = await workload.start(await subject.load(), folder);
  answer<Hello>({
    result: { runtime: runtimeName(), ...(subject.describe && { served: await subject.describe() }) },
  });

  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'round') answer<Sample>({ result: await round(workload, session) });
  }
  await session.stop?.();
}

async function round(workload: Workload, session: Session): Promise<Sample> {
  session.refresh();
  const usageBefore = process.resourceUsage();
  const startMs = performance.now();
  await runOps(workload, session);
  const wallMs = performance.now() - startMs;
  const usage = process.resourceUsage();

  const cpuUs = usage.userCPUTime + usage.systemCPUTime - usageBefore.userCPUTime - usageBefore.systemCPUTime;
  const switches = usage.voluntaryContextSwitches - usageBefore.voluntaryContextSwitches;
  return {
    wallUs: (wallMs * 1000) / workload.ops,
    cpuUs: cpuUs / workload.ops,
    switches: switches / workload.ops,
  };
}

async function runOps({ concurrency, ops }: Workload, session: Session): Promise<void> {
  let next = 0;
  async function runner(): Promise<void> {
    while (next < ops) await session.op(next++);
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, ops) }, runner));
}

function runtimeName(): string {
  const { versions } = process;
  const other = ['bun', 'deno'].find((name) => versions[name] !== undefined);
  return other ? `${other} ${versions[other]}` : `node ${versions.node}`;
}

function answer<Result>(line: Answer<Result>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  answer({ failure: error.stack ?? error.message });
  process.exitCode = 1;
});
