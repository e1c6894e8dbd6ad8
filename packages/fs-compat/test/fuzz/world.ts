// The folder that a program runs on. Both sides get the same path, one after the other, so that nothing of what they
// return has to be translated; the first one's folder is moved aside and is the twin of the second's.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Description } from './describe';
import { pattern } from './pattern';

/** Files above this size are not read: not by us, and not by the programs. */
export const LARGE = 1 << 24;
const DAY = 86_400_000;

export class World {
  /** Everything lives below; programs may climb two folders and still be inside. */
  readonly home: string;
  readonly folder: string;
  readonly #fifos: string[] = [];

  constructor(base: string) {
    fs.mkdirSync(base, { recursive: true });
    removeLeftovers(base);
    this.home = fs.realpathSync(fs.mkdtempSync(path.join(base, `fuzz-${process.pid}-`)));
    fs.chmodSync(this.home, 0o777);
    this.folder = path.join(this.home, 'a', 'b', 'twin');
    fs.mkdirSync(path.join(this.home, 'fifos'));
    fs.chmodSync(path.join(this.home, 'fifos'), 0o777);
  }

  /** Node has no mkfifo, and a process for each would take longer than the programs. */
  #fifo(): string {
    if (this.#fifos.length === 0) {
      const names = Array.from({ length: 200 }, (_, i) => path.join(this.home, 'fifos', String(i)));
      execFileSync('mkfifo', names);
      this.#fifos.push(...names);
    }
    return this.#fifos.pop() as string;
  }

  /** A fresh folder with a few of everything; it is the current one. */
  lay(): void {
    process.chdir(this.home);
    empty(path.join(this.home, 'a'));
    fs.mkdirSync(this.folder, { recursive: true });
    process.chdir(this.folder);
    const files: [string, Uint8Array | string][] = [
      ['empty', ''],
      ['small', 'hello ringfs\nsecond line\r\nthird'],
      ['bin', pattern(4096, 1)],
      ['mid', pattern(40_000, 2)],
      ['ümläut', 'é'],
      ['locked', 'nobody may'],
    ];
    for (const [name, content] of files) fs.writeFileSync(name, content);
    fs.chmodSync('locked', 0);
    fs.mkdirSync('dir/sub', { recursive: true });
    fs.writeFileSync('dir/a', 'a of dir');
    fs.writeFileSync('dir/sub/b.txt', 'b of sub');
    fs.mkdirSync('hollow');
    fs.symlinkSync('small', 'link');
    fs.symlinkSync('nowhere', 'dangling');
    fs.symlinkSync('loop', 'loop');
    fs.symlinkSync('dir', 'linkdir');
    fs.renameSync(this.#fifo(), 'fifo');
  }

  /** What became of the folder. */
  tree(): Description {
    process.chdir(this.home);
    const found: Description[] = [];
    look(Buffer.from(path.join(this.home, 'a')), '', found);
    return found;
  }

  /** Keeps the folder out of the way, until the next one is moved there. */
  setAside(): void {
    process.chdir(this.home);
    const aside = path.join(this.home, 'node');
    empty(aside);
    fs.renameSync(path.join(this.home, 'a'), aside);
  }

  remove(): void {
    process.chdir('/');
    empty(this.home);
  }
}

function empty(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** A run that was killed could not tidy up: the next one does. */
function removeLeftovers(base: string): void {
  for (const name of fs.readdirSync(base)) {
    const pid = /^fuzz-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !fs.existsSync(`/proc/${pid}`)) empty(path.join(base, name));
  }
}

/** Names as latin1, so that no byte is lost. */
function look(folder: Buffer, label: string, found: Description[]): void {
  for (const name of fs.readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
    const file = Buffer.concat([folder, Buffer.from('/'), name]);
    const stats = fs.lstatSync(file);
    const shown = label + name.toString('latin1');
    const entry: Description[] = [shown, stats.mode.toString(8), `${stats.uid}:${stats.gid}`, stats.nlink];
    if (Math.abs(stats.mtimeMs - Date.now()) > DAY) entry.push(`mtime ${stats.mtimeMs}`);
    if (stats.isSymbolicLink()) entry.push(`-> ${fs.readlinkSync(file)}`);
    if (stats.isFile()) entry.push(stats.size, stats.size > LARGE ? 'large' : contentOf(file, stats));
    found.push(entry);
    if (stats.isDirectory()) withRights(file, stats, () => look(file, `${shown}/`, found));
  }
}

function contentOf(file: Buffer, stats: fs.Stats): string {
  return withRights(file, stats, () => {
    const bytes = fs.readFileSync(file);
    return bytes.length <= 32 ? bytes.toString('latin1') : createHash('sha1').update(bytes).digest('hex');
  });
}

/** Whoever is not root has to make a file readable to read it. */
function withRights<T>(file: Buffer, stats: fs.Stats, work: () => T): T {
  if (process.getuid?.() === 0 || stats.uid !== process.getuid?.()) return work();
  fs.chmodSync(file, stats.mode | 0o700);
  return work();
}
