// Runs one job in a fresh child process.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Job, Message, Phase, Report } from './job';

export interface RoundOptions {
  /** The compiled entry module: with-node.js or with-ringfs.js. */
  entry: string;
  job: Job;
  /** Where the job is written for the child to read. */
  jobFile: string;
  signal: AbortSignal;
  onProgress(phase: Phase, files: number): void;
}

/** A phase of one segment takes seconds; a worker that is silent this long hangs. */
const silenceMsMax = 180_000;

/** Node's default pool of 4 threads, and no io_uring inside libuv, whatever this shell has set. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { UV_THREADPOOL_SIZE, UV_USE_IO_URING, ...env } = process.env;
  return env;
}

export function runRound({ entry, job, jobFile, signal, onProgress }: RoundOptions): Promise<Report> {
  writeFileSync(jobFile, JSON.stringify(job));
  return new Promise((resolve, reject) => {
    let outcome: Report | Error | undefined;
    const child = fork(entry, [jobFile], {
      execArgv: [],
      env: plainEnvironment(),
      signal,
      killSignal: 'SIGKILL',
    });
    const watchdog = setTimeout(() => {
      outcome = new Error(`${job.subject}: the worker was silent for ${silenceMsMax / 1000} s: it hangs`);
      child.kill('SIGKILL');
    }, silenceMsMax);
    child.on('message', (message: Message) => {
      watchdog.refresh();
      if (message.kind === 'progress') onProgress(message.phase, message.files);
      else if (message.kind === 'report') outcome = message.report;
      else outcome = new Error(`${job.subject}: ${message.reason}`);
    });
    child.on('error', (error) => {
      outcome = error;
    });
    // Only now is it certain that the child writes no more into the folder that will be removed.
    child.on('close', (code, killer) => {
      clearTimeout(watchdog);
      if (outcome instanceof Error) reject(outcome);
      else if (code === 0 && outcome) resolve(outcome);
      else
        reject(
          new Error(`${job.subject}: the worker ended with ${killer ?? `exit code ${code}`} and no report`),
        );
    });
  });
}
