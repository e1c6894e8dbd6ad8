// Starts the process that runs programs, and says what became of it.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Program } from './program';
import type { Failure, Message, Order, Progress, Started } from './protocol';

export interface Result {
  started: Started | undefined;
  progress: Progress | undefined;
  failure: Failure | undefined;
  /** How the process ended if it did not end well, and the program that it was at. */
  crash: { how: string; stderr: string; program: Program | undefined } | undefined;
}

/** Ignored by git, and not where the build looks. */
export const RESULTS = path.resolve(__dirname, '..', '..', '..', '..', '.test-results', 'fuzz');

/** The checkout's own filesystem, and a tmpfs where there is one. */
export function defaultBases(): string[] {
  const shm = '/dev/shm';
  const own = path.join(RESULTS, 'folders');
  return fs.existsSync(shm) ? [own, path.join(shm, 'ringfs-fuzz')] : [own];
}

export async function start(
  node: string,
  order: Omit<Order, 'journal'>,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Result> {
  const own = fs.mkdtempSync(path.join(os.tmpdir(), 'ringfs-fuzz-'));
  fs.chmodSync(own, 0o777);
  const journal = path.join(own, 'program.json');
  const result: Result = { started: undefined, progress: undefined, failure: undefined, crash: undefined };
  const child = spawn(node, [path.join(__dirname, 'runner.js'), JSON.stringify({ ...order, journal })], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let stderr = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (stderr.length < 20_000) stderr += data.toString();
  });
  child.on('message', (message: Message) => {
    if (message.type === 'progress') onProgress(message);
    Object.assign(result, { [message.type]: message });
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code, signal) => resolve(code === 0 ? '' : String(signal ?? `exit code ${code}`)));
  });
  if (how !== '') result.crash = { how, stderr, program: noted(journal) };
  fs.rmSync(own, { recursive: true });
  for (const base of order.bases) tidy(base, child.pid);
  return result;
}

function noted(journal: string): Program | undefined {
  return fs.existsSync(journal) ? (JSON.parse(fs.readFileSync(journal, 'utf8')) as Program) : undefined;
}

function tidy(base: string, pid: number | undefined): void {
  for (const name of fs.readdirSync(base))
    if (name.startsWith(`fuzz-${pid}-`)) fs.rmSync(path.join(base, name), { recursive: true, force: true });
}
