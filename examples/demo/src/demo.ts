// The course of the demo, from the list of files to the picture.
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chart } from './chart';
import { type Job, phases, type Report } from './job';
import { describeMachine } from './machine';
import type { Options } from './options';
import { canDropPageCache, syncDisks } from './page-cache';
import { type Progress, startProgress } from './progress';
import { runRound } from './round';
import { cutSegments } from './segments';
import { type Summary, summarise } from './summary';
import { renderSvg } from './svg';
import { laneTable, phaseTable } from './table';
import { makeTempFolder, newTarget, removeTempFolder, tempFolder } from './temp-folder';
import { witnessHash } from './tree-hash';
import { formatBytes, formatCount, formatMs } from './units';
import { type Tree, walk } from './walk';

export interface Subject {
  name: string;
  /** How tables call it. */
  title: string;
  /** The compiled module that runs the copy with this subject's fs. */
  entry: string;
}

export const baseline: Subject = {
  name: 'node',
  title: 'node:fs/promises',
  entry: path.join(__dirname, 'with-node.js'),
};
export const ringfs: Subject = {
  name: 'ringfs',
  title: 'ringfs',
  entry: path.join(__dirname, 'with-ringfs.js'),
};

const bytesOfAQuickRun = 1.5 * 2 ** 30;

/** Resolves when every copy was right and the results are written; rejects otherwise. */
export async function runDemo(
  options: Options,
  signal: AbortSignal,
  subjects: readonly [Subject, Subject] = [baseline, ringfs],
): Promise<void> {
  if (options.cold && !canDropPageCache())
    throw new Error('--cold needs root: only root may drop the page cache');
  const tree = walk(options.tree, tempFolder);
  if (tree.files.length === 0) throw new Error(`no files under ${options.tree}`);
  introduce(tree, options);

  const folder = makeTempFolder(options.tree);
  try {
    const keepCopies = hasSpace(tree, folder, options.rounds * subjects.length);
    const reports = await runRounds({ options, tree, folder, keepCopies, subjects, signal });
    await conclude(summarise(reports, [subjects[0].name, subjects[1].name]), reports, options, subjects);
  } finally {
    removeTempFolder(folder);
  }
}

function introduce(tree: Tree, options: Options): void {
  console.log(`${formatCount(tree.files.length)} files, ${formatBytes(tree.bytes)} under ${tree.root}`);
  console.log(
    `each inode once (${formatCount(tree.hardLinks)} hard links left out), ` +
      `${formatCount(tree.symlinks)} symbolic links not followed`,
  );
  console.log(
    `64 calls in flight, Node's default pool, ${options.rounds} rounds, order alternated, sync between rounds`,
  );
  if (options.cold)
    console.log('cold pass: DROPS THE PAGE CACHE of this whole machine before every read phase');
  if (tree.bytes > bytesOfAQuickRun) console.log('this is a large tree: expect more than three minutes');
}

/** Whether all copies fit on the disk at once; throws if not even one does. */
function hasSpace(tree: Tree, folder: string, copies: number): boolean {
  const { bavail, bsize } = statfsSync(folder);
  // A small file takes a whole block.
  const needed = tree.bytes + tree.files.length * bsize;
  const free = bavail * bsize;
  if (free < needed)
    throw new Error(`a copy needs ${formatBytes(needed)}, but only ${formatBytes(free)} are free`);
  return free > needed * (copies + 1);
}

interface Run {
  options: Options;
  tree: Tree;
  folder: string;
  /** Copies are emptied between rounds and go at the end: ext4 is slow to create files where many were just deleted. */
  keepCopies: boolean;
  subjects: readonly [Subject, Subject];
  signal: AbortSignal;
}

async function runRounds(run: Run): Promise<Report[]> {
  const { options, tree, subjects } = run;
  const modes: Job['mode'][] = options.cold ? ['warm', 'cold'] : ['warm'];
  const phasesPerRound = options.cold ? phases.length + 2 : phases.length;
  const progress = startProgress(tree.files.length * phasesPerRound * options.rounds * subjects.length);
  try {
    progress.stage('hashing the source');
    const witness = await witnessHash(tree);
    const reports: Report[] = [];
    for (const mode of modes) {
      for (let round = 1; round <= options.rounds; round++) {
        const order = round % 2 === 1 ? subjects : [...subjects].reverse();
        for (const subject of order) reports.push(await runOne(run, subject, mode, round, witness, progress));
      }
    }
    return reports;
  } finally {
    progress.stop();
  }
}

async function runOne(
  { options, tree, folder, keepCopies, signal }: Run,
  subject: Subject,
  mode: Job['mode'],
  round: number,
  witness: string,
  progress: Progress,
): Promise<Report> {
  const name = `${mode} round ${round}/${options.rounds}, ${subject.name}`;
  const target = newTarget(folder);
  progress.stage(`${name}: preparing`);
  if (mode === 'warm') makeFolders(tree, target);
  syncDisks();

  const report = await runRound({
    entry: subject.entry,
    job: { subject: subject.name, mode, source: tree.root, target, segments: cutSegments(tree.files) },
    jobFile: path.join(folder, 'job.json'),
    signal,
    onProgress: (phase, files) => {
      progress.stage(`${name}: ${phase} done`);
      progress.add(files);
    },
  });

  progress.stage(`${name}: checking`);
  const hashes = [report.sourceHash];
  if (mode === 'warm') hashes.push(report.copyHash ?? 'none', await witnessHash(walk(target)));
  if (hashes.some((hash) => hash !== witness)) {
    throw new Error(
      `${name}: tree hashes differ: source ${witness}, read/read back/on disk ${hashes.join(', ')}`,
    );
  }
  if (!keepCopies) rmSync(target, { recursive: true, force: true });
  else if (mode === 'warm') emptyFiles(tree, target);
  const times = phases.flatMap((phase) => {
    const cost = report.costs[phase];
    return cost ? `${phase} ${formatMs(cost.wallMs)}` : [];
  });
  progress.line(`${name}: ${times.join(', ')}; hashes match`);
  return report;
}

function makeFolders(tree: Tree, target: string): void {
  for (const folder of new Set(tree.files.map((file) => path.dirname(file.path)))) {
    mkdirSync(path.join(target, folder), { recursive: true });
  }
}

/**
 * The next copy finds their pages free. A virtual machine that has to ask its host for new memory, copy after copy,
 * writes the later ones at half the speed, whoever writes.
 */
function emptyFiles(tree: Tree, target: string): void {
  for (const file of tree.files) truncateSync(path.join(target, file.path));
}

async function conclude(
  summary: Summary,
  reports: readonly Report[],
  options: Options,
  subjects: readonly [Subject, Subject],
): Promise<void> {
  const titles: [string, string] = [subjects[0].title, subjects[1].title];
  const machine = describeMachine(options.tree);
  console.log(`\n${machine}`);
  console.log(
    `${formatCount(summary.files)} files, ${formatBytes(summary.bytes)}, median of ${summary.rounds} rounds`,
  );
  console.log(phaseTable(summary, titles));
  if (summary.capabilities) {
    const { backend, reason, lanes } = summary.capabilities;
    console.log(`\nringfs ran on: ${backend} (${reason})`);
    const order = (op: string) => `${op}: ${[lanes[op] ?? 'not named'].flat().join(', then ')}`;
    console.log(`lanes, in the order in which they are asked: ${order('readFile')}; ${order('writeFile')}`);
  }
  console.log(laneTable(summary));
  console.log('\nall copies match their source: hashed by both subjects and by plain synchronous reads');

  mkdirSync(options.out, { recursive: true });
  const picture = path.join(options.out, 'demo.svg');
  writeFileSync(picture, await renderSvg(chart(summary, titles, machine)));
  writeFileSync(path.join(options.out, 'demo.json'), JSON.stringify({ machine, summary, reports }, null, 2));
  console.log(`picture: ${picture}`);
}
