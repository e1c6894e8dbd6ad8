// One round of one subject, in a process of its own. Started by round.ts as `node with-….js JOB.json`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Clock } from './clock';
import { copyTree, type Fs } from './copy-tree';
import type { Job, Message, Phase, Report } from './job';
import { type Lanes, loadLanes } from './lanes';
import { makeOtherVersions } from './other-versions';
import { dropPageCache, syncDisks, warm } from './page-cache';
import { treeHash } from './tree-hash';
import type { Entry } from './walk';

export async function serve(fs: Fs): Promise<void> {
  // Without the demo there is nobody to report to, and nobody to remove what would still be written.
  process.once('disconnect', () => process.exit(1));
  try {
    const job: Job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
    await send({ kind: 'report', report: await run(job, fs) });
  } catch (error) {
    await send({
      kind: 'failure',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    process.exitCode = 1;
  }
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}

async function run(job: Job, fs: Fs): Promise<Report> {
  const lanes = loadLanes(job.subject);
  const clock = new Clock<Phase>(lanes);
  const hashes = { source: [] as string[], copy: [] as string[] };
  for (const segment of job.segments) await runSegment(job, segment, fs, clock, hashes);
  return report(job, clock, hashes, lanes);
}

async function runSegment(
  job: Job,
  segment: Entry[],
  fs: Fs,
  clock: Clock<Phase>,
  hashes: { source: string[]; copy: string[] },
): Promise<void> {
  const program = copyTree(fs);
  const sources = segment.map((file) => path.join(job.source, file.path));
  const targets = segment.map((file) => path.join(job.target, file.path));
  const done = (phase: Phase) => send({ kind: 'progress', phase, files: segment.length });

  if (job.mode === 'cold') dropPageCache();
  else warm(sources);

  const contents = await clock.measure('read', () => program.read(sources));
  await done('read');
  checkSizes(segment, contents);

  const expected = await clock.measure('hash', () => program.hash(contents));
  hashes.source.push(...expected);
  await done('hash');
  if (job.mode === 'cold') return;

  await clock.measure('write', () => program.write(targets, contents));
  await done('write');

  hashes.copy.push(...(await clock.measure('verify', () => program.verify(targets, expected))));
  await done('verify');

  makeOtherVersions(targets);
  syncDisks();
  await clock.measure('overwrite', () => program.write(targets, contents));
  await done('overwrite');
}

function checkSizes(segment: readonly Entry[], contents: readonly Uint8Array[]): void {
  segment.forEach((file, index) => {
    const bytes = contents[index].byteLength;
    if (bytes !== file.bytes) throw new Error(`${file.path} has ${file.bytes} bytes, but ${bytes} were read`);
  });
}

function report(
  job: Job,
  clock: Clock<Phase>,
  hashes: { source: string[]; copy: string[] },
  lanes: Lanes | undefined,
): Report {
  const files = job.segments.flat();
  const hashOf = (list: string[]) =>
    treeHash(files.map((file, index) => ({ path: file.path, hash: list[index] })));
  return {
    subject: job.subject,
    mode: job.mode,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    costs: clock.costs,
    sourceHash: hashOf(hashes.source),
    ...(job.mode === 'warm' && { copyHash: hashOf(hashes.copy) }),
    ...(lanes && { capabilities: lanes.capabilities() }),
  };
}

/** Resolves when the message has left this process, so that none is sent while a phase is being measured. */
function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.send) {
      if (message.kind !== 'progress') console.log(JSON.stringify(message, null, 2));
      resolve();
    } else {
      process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
    }
  });
}
