// end KIND FOLDER FIFOS READ SEED API: begins mixed work, says so, and ends in the middle of it. What it wrote is looked at by ends.ts.
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { beginWork, type Scene } from '../mixed-work';
import { atSomeMoment } from '../moments';
import { stateNow } from '../process-state';
import { randomFrom } from '../random';

const [kind, folder, fifos, read, seedText, api] = process.argv.slice(2);
const seed = Number(seedText);
const random = randomFrom(seed);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exit(99);
}

function sceneIn(own: string, stops: boolean): Scene {
  fs.mkdirSync(path.join(folder, own));
  return {
    api,
    folder: path.join(folder, own),
    files: fs.readdirSync(read).map((name) => path.join(read, name)),
    fifos: api === 'node:fs' ? [] : ['r', 'w'].map((end) => `${fifos}-${end}`),
    seed,
    stops,
  };
}

function begin(own: 'cut' | 'whole'): () => Promise<void> {
  const stop = beginWork(sceneIn(own, own === 'whole'), fail);
  fs.writeSync(1, 'begun\n');
  return stop;
}

/** What this process was born with is everyone's. */
const given = stateNow().descriptors;

/** What `ls` sees of its own descriptors: those of its stdio, and the folder that it looks at. */
function expectNothingInherited(seen: string): void {
  const links = seen.split('\n').filter((line) => line.includes(' -> '));
  const strange = links.filter((line) => {
    const target = line.slice(line.indexOf(' -> ') + 4);
    return !/ [012] -> /.test(line) && !/^\/proc\/\d+\/fd$/.test(target) && !given.includes(target);
  });
  if (links.length < 3 || strange.length > 0) fail(`a child has inherited:\n${strange.join('\n')}`);
}

/** Children while everything is in flight, some of them waited for. */
async function haveChildren(): Promise<void> {
  const look = ['-l', '/proc/self/fd'];
  for (let i = 0; i < 4; i++) {
    await sleep(random() * 20);
    if (i === 1) expectNothingInherited(spawnSync('ls', look, { encoding: 'utf8' }).stdout);
    else
      await new Promise<void>((resolve) => {
        execFile('ls', look, (error, stdout) => {
          if (error) fail(String(error));
          else expectNothingInherited(stdout);
          resolve();
        });
      });
  }
}

/** Ops that begin while the process is ending are dropped. */
function workInTheEnd(): void {
  const { promises: fsp } = require(api) as typeof fs;
  process.on('exit', () => {
    void fsp.writeFile(path.join(folder, 'cut', 'over-0'), '').catch(() => {});
    void fsp.readFile(path.join(read, fs.readdirSync(read)[0]));
  });
}

const kinds: Record<string, () => Promise<void> | void> = {
  exit: () => {
    begin('cut');
    if (random() < 0.5) workInTheEnd();
    atSomeMoment(seed, () => process.exit(7));
  },
  throw: () => {
    begin('cut');
    atSomeMoment(seed, () => {
      throw new Error('on purpose');
    });
  },
  rejection: () => {
    begin('cut');
    atSomeMoment(seed, () => void Promise.reject(new Error('on purpose')));
  },
  SIGTERM: () => {
    begin('cut');
  },
  'SIGTERM handled': () => {
    process.on('SIGTERM', () => process.exit(9));
    begin('cut');
  },
  'exit in a worker': async () => {
    const stop = begin('whole');
    const scene = sceneIn('cut', false);
    const worker = new Worker(path.join(__dirname, 'busy-worker.js'), {
      workerData: { scene, delay: 0, exits: true },
    });
    worker.on('error', (error) => fail(String(error.stack)));
    process.exitCode = await new Promise<number>((resolve) => worker.once('exit', resolve));
    await stop();
  },
  children: async () => {
    const stop = begin('whole');
    await haveChildren();
    await stop();
  },
  'children and exit': async () => {
    begin('cut');
    await haveChildren();
    process.exit(7);
  },
  drain: async () => {
    const stop = begin('whole');
    await sleep(random() * 60);
    await stop();
  },
};

void kinds[kind]();
