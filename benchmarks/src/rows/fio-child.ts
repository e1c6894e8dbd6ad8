// Speaks for fio as a child does: `fio-child.js FOLDER`. Each `round OPS` is one run of fio on the row's own file.
import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { filesOf, wide } from '../files';
import type { Answer, Hello, Sample } from './protocol';

const run = promisify(execFile);

interface FioOutput {
  jobs: {
    read: { runtime: number; total_ios: number };
    usr_cpu: number;
    sys_cpu: number;
    job_runtime: number;
    ctx: number;
  }[];
}

async function round(file: string, ops: number): Promise<Sample> {
  const job = ['--name=row', `--filename=${file}`, '--rw=randread', '--bs=4k', `--size=${wide.bytes}`];
  const depth = ['--ioengine=io_uring', '--iodepth=256', '--direct=1', `--io_size=${ops * 4096}`];
  const plain = ['--norandommap', '--randrepeat=0', '--gtod_reduce=1', '--output-format=json'];
  const { stdout } = await run('fio', [...job, ...depth, ...plain]);
  const [{ read, usr_cpu, sys_cpu, job_runtime, ctx }] = (JSON.parse(stdout) as FioOutput).jobs;
  const cpuMs = (job_runtime * (usr_cpu + sys_cpu)) / 100;
  return {
    wallUs: (read.runtime * 1000) / read.total_ios,
    cpuUs: (cpuMs * 1000) / read.total_ios,
    switches: ctx / read.total_ios,
  };
}

async function main([folder]: string[]): Promise<void> {
  const [file] = filesOf(folder, wide);
  const { stdout } = await run('fio', ['--version']);
  answer<Hello>({ result: { runtime: stdout.trim() } });
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, ops] = line.split(' ');
    if (order === 'round') answer<Sample>({ result: await round(file, Number(ops)) });
  }
}

function answer<Result>(line: Answer<Result>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  answer({ failure: error.message });
  process.exitCode = 1;
});
