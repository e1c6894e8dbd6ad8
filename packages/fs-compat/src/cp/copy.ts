/** Makes the copy of a file or of a link. */
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { ops } from '@ringfs/core/internal';
import { node } from '../node.js';
import { asSeconds } from '../seconds.js';
import { type Entry, look } from './entry.js';
import type { CpOptions } from './options.js';

const OWNER_MAY_WRITE = 0o200;
const PERMISSIONS = 0o7777;

/** @param mode COPYFILE_..., beside what the options say */
export async function copyContent({ src, dest }: Entry, options: CpOptions, mode = 0): Promise<void> {
  await ops.copyFile(src, dest, options.mode | mode).promise;
}

/** The copy has its mode by then; writing may have taken setuid and setgid from it, and a filesystem may tell lies. */
export async function finishFile({ src, dest }: Entry, { mode }: Stats, options: CpOptions): Promise<void> {
  if (options.preserveTimestamps) {
    if ((mode & OWNER_MAY_WRITE) === 0) await setMode(dest, mode | OWNER_MAY_WRITE);
    await takeTimes(src, dest);
  }
  await setMode(dest, mode);
}

export async function setMode(dest: string, mode: number): Promise<void> {
  await ops.chmod(dest, mode & PERMISSIONS).promise;
}

/** As they are now: to copy a file is to read it. */
async function takeTimes(src: string, dest: string): Promise<void> {
  const { atime, mtime } = await look(src, true);
  const accessed = asSeconds(atime);
  const modified = asSeconds(mtime);
  if (accessed === undefined || modified === undefined) await node.utimes(dest, atime, mtime);
  else await ops.utimes(dest, accessed, modified, true).promise;
}

export async function copyLink({ src, dest }: Entry, { verbatimSymlinks }: CpOptions): Promise<void> {
  const target = (await ops.readlink(src, 'utf8').promise) as string;
  const keeps = verbatimSymlinks || isAbsolute(target);
  await ops.symlink(keeps ? target : resolve(dirname(src), target), dest).promise;
}
