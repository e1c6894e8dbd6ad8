// How every child of the benchmark is started.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Job, Subject } from './subjects/subject';

export type Child = ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream };

export interface Start extends Job {
  signal: AbortSignal;
  /** At most so many descriptors. */
  descriptors?: number;
}

export function startChild(subject: Subject, { signal, descriptors, ...job }: Start): Child {
  const { program, args, env } = subject.command(job);
  // Node's default pool and no io_uring inside libuv, unless the subject itself asks for it.
  const { UV_THREADPOOL_SIZE, UV_USE_IO_URING, NODE_OPTIONS, ...plain } = process.env;
  const limit = descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}`];
  const [first, ...rest] = [...limit, program, ...args];
  const child = spawn(first, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...plain, ...env },
    signal,
    killSignal: 'SIGKILL',
  });
  // Without a listener a program that cannot be started would end this process; the missing answer tells of it too.
  child.on('error', () => {});
  // A child that died is noticed when its answer is missing.
  child.stdin.on('error', () => {});
  return child;
}

/** The path of a compiled script, from its place in src. */
export function script(name: string): string {
  return path.join(__dirname, `${name}.js`);
}
