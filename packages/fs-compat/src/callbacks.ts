/** The callback functions of node:fs that run on our lanes. */
import { promisify } from 'node:util';
import { beginAccess } from './access.js';
import {
  type Begin,
  callbackFace,
  callbackifiedFace,
  lookLike,
  tellExists,
  tellMoved,
  tellValue,
} from './callback.js';
import { beginChmod } from './chmod.js';
import { beginChown, beginLchown } from './chown.js';
import { beginCopyFile } from './copy-file.js';
import { beginCp } from './cp.js';
import {
  beginClose,
  beginFchmod,
  beginFchown,
  beginFdatasync,
  beginFstat,
  beginFsync,
  beginFtruncate,
  beginFutimes,
  beginRead,
  beginReadv,
  beginWrite,
  beginWritev,
} from './descriptor.js';
import { beginLink } from './link.js';
import { beginMkdir } from './mkdir.js';
import { beginMkdtemp } from './mkdtemp.js';
import { nodeFs } from './node.js';
import { beginOpenDescriptor } from './open.js';
import { beginReadDescriptor, beginReadFile } from './read-file.js';
import { beginReaddirStrictly } from './readdir.js';
import { beginReadlink } from './readlink.js';
import { beginRealpath, beginRealpathSteps } from './realpath.js';
import { asDescriptor } from './recognise.js';
import { beginRename } from './rename.js';
import { beginRm } from './rm.js';
import { beginRmdir } from './rmdir.js';
import { beginLstat, beginStat } from './stat.js';
import { beginStatfs } from './statfs.js';
import { beginSymlink } from './symlink.js';
import { beginTruncate } from './truncate.js';
import { beginUnlink } from './unlink.js';
import { beginLutimes, beginUtimes } from './utimes.js';
import { beginAppendFile, beginWriteDescriptor, beginWriteFile } from './write-file.js';

/** `ofFd` where the first argument is a descriptor, `ofPath` else. */
function either(ofFd: Begin, ofPath: Begin): Begin {
  return (...args) => (asDescriptor(args[0]) === undefined ? ofPath(...args) : ofFd(...args));
}

/** What begins a function, and how many arguments Node's own takes in front of the callback at most. */
type Served = readonly [begin: Begin, most: number];

const begins = {
  access: [beginAccess, 2],
  appendFile: [either(beginWriteDescriptor, beginAppendFile), 3],
  chmod: [beginChmod, 2],
  chown: [beginChown, 3],
  close: [beginClose, 1],
  copyFile: [beginCopyFile, 3],
  fchmod: [beginFchmod, 2],
  fchown: [beginFchown, 3],
  fdatasync: [beginFdatasync, 1],
  fstat: [beginFstat, 2],
  fsync: [beginFsync, 1],
  ftruncate: [beginFtruncate, 2],
  futimes: [beginFutimes, 3],
  lchown: [beginLchown, 3],
  link: [beginLink, 2],
  lstat: [beginLstat, 2],
  lutimes: [beginLutimes, 3],
  mkdir: [beginMkdir, 2],
  mkdtemp: [beginMkdtemp, 2],
  open: [beginOpenDescriptor, 3],
  readdir: [beginReaddirStrictly, 2],
  readFile: [either(beginReadDescriptor, beginReadFile), 2],
  readlink: [beginReadlink, 2],
  rename: [beginRename, 2],
  rm: [beginRm, 2],
  rmdir: [beginRmdir, 2],
  stat: [beginStat, 2],
  statfs: [beginStatfs, 2],
  symlink: [beginSymlink, 3],
  truncate: [beginTruncate, 2],
  unlink: [beginUnlink, 1],
  utimes: [beginUtimes, 3],
  writeFile: [either(beginWriteDescriptor, beginWriteFile), 3],
} satisfies { [name in keyof typeof nodeFs]?: Served };

const movers = {
  read: [beginRead, 5],
  readv: [beginReadv, 3],
  write: [beginWrite, 5],
  writev: [beginWritev, 3],
} satisfies {
  [name in keyof typeof nodeFs]?: Served;
};

function faces<Name extends string>(
  served: Record<Name, Served>,
  tell: typeof tellValue,
): Record<Name, unknown> {
  const pairs = Object.entries(served) as [Name & keyof typeof nodeFs, Served][];
  // What this Node does not have, we do not have.
  const known = pairs.filter(([name]) => typeof nodeFs[name] === 'function');
  return Object.fromEntries(
    known.map(([name, [begin, most]]) => [name, callbackFace(nodeFs[name], begin, most, tell)]),
  ) as Record<Name, unknown>;
}

const existsPromise = (path: unknown): Promise<boolean> =>
  new Promise((resolve) => exists(path as string, resolve));

const exists = callbackFace(nodeFs.exists, (path: unknown) => beginAccess(path), 1, tellExists, {
  [promisify.custom]: lookLike(existsPromise, nodeFs.exists[promisify.custom as never]),
});

const realpath = callbackFace(nodeFs.realpath, beginRealpathSteps, 2, tellValue, {
  native: callbackFace(nodeFs.realpath.native, beginRealpath, 2),
});

export const callbacks: Readonly<Record<string, unknown>> = {
  ...faces(begins, tellValue),
  ...faces(movers, tellMoved),
  cp: callbackifiedFace(nodeFs.cp, beginCp, 3),
  exists,
  realpath,
};
