/** node:fs/promises: every name the running Node has, ours where we have one, Node's own for the rest. */
import { access } from './access.js';
import { chmod } from './chmod.js';
import { chown, lchown } from './chown.js';
import { copyFile } from './copy-file.js';
import { cp } from './cp.js';
import { link } from './link.js';
import { mkdir } from './mkdir.js';
import { mkdtemp } from './mkdtemp.js';
import { mkdtempDisposable } from './mkdtemp-disposable.js';
import { node } from './node.js';
import { open } from './open.js';
import { opendir } from './opendir.js';
import { readFile } from './read-file.js';
import { readdir } from './readdir.js';
import { readlink } from './readlink.js';
import { realpath } from './realpath.js';
import { rename } from './rename.js';
import { rm } from './rm.js';
import { rmdir } from './rmdir.js';
import { lstat, stat } from './stat.js';
import { statfs } from './statfs.js';
import { symlink } from './symlink.js';
import { truncate } from './truncate.js';
import { unlink } from './unlink.js';
import { lutimes, utimes } from './utimes.js';
import { appendFile, writeFile } from './write-file.js';

const ours: Record<string, unknown> = {
  access,
  appendFile,
  chmod,
  chown,
  copyFile,
  cp,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  mkdtempDisposable,
  open,
  opendir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
};

// In Node's own order, so that even a listing shows no difference.
export const promises = Object.fromEntries(
  Object.entries(node).map(([name, theirs]) => [name, ours[name] ?? theirs]),
) as unknown as typeof import('node:fs/promises');
