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
import { beginReaddir } from './readdir.js';
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

const begins = {
  access: beginAccess,
  appendFile: either(beginWriteDescriptor, beginAppendFile),
  chmod: beginChmod,
  chown: beginChown,
  close: beginClose,
  copyFile: beginCopyFile,
  fchmod: beginFchmod,
  fchown: beginFchown,
  fdatasync: beginFdatasync,
  fstat: beginFstat,
  fsync: beginFsync,
  ftruncate: beginFtruncate,
  futimes: beginFutimes,
  lchown: beginLchown,
  link: beginLink,
  lstat: beginLstat,
  lutimes: beginLutimes,
  mkdir: beginMkdir,
  mkdtemp: beginMkdtemp,
  open: beginOpenDescriptor,
  readdir: beginReaddir,
  readFile: either(beginReadDescriptor, beginReadFile),
  readlink: beginReadlink,
  rename: beginRename,
  rm: beginRm,
  rmdir: beginRmdir,
  stat: beginStat,
  statfs: beginStatfs,
  symlink: beginSymlink,
  truncate: beginTruncate,
  unlink: beginUnlink,
  utimes: beginUtimes,
  writeFile: either(beginWriteDescriptor, beginWriteFile),
} satisfies { [name in keyof typeof nodeFs]?: Begin };

const movers = { read: beginRead, readv: beginReadv, write: beginWrite, writev: beginWritev };

function faces<Name extends string>(
  begin: Record<Name, Begin>,
  tell: typeof tellValue,
): Record<Name, unknown> {
  const pairs = Object.entries(begin) as [Name & keyof typeof nodeFs, Begin][];
  // What this Node does not have, we do not have.
  const known = pairs.filter(([name]) => typeof nodeFs[name] === 'function');
  return Object.fromEntries(
    known.map(([name, how]) => [name, callbackFace(nodeFs[name], how, tell)]),
  ) as Record<Name, unknown>;
}

const existsPromise = (path: unknown): Promise<boolean> =>
  new Promise((resolve) => exists(path as string, resolve));

const exists = callbackFace(nodeFs.exists, (path: unknown) => beginAccess(path), tellExists, {
  [promisify.custom]: lookLike(existsPromise, nodeFs.exists[promisify.custom as never]),
});

const realpath = callbackFace(nodeFs.realpath, beginRealpathSteps, tellValue, {
  native: callbackFace(nodeFs.realpath.native, beginRealpath),
});

export const callbacks: Readonly<Record<string, unknown>> = {
  ...faces(begins, tellValue),
  ...faces(movers, tellMoved),
  cp: callbackifiedFace(nodeFs.cp, beginCp),
  exists,
  realpath,
};
