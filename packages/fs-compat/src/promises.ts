/** = node:fs/promises: every name the running Node has, ours where we have one, Node's own for the rest. */
import { access } from './access.js';
import { mkdir } from './mkdir.js';
import { node } from './node.js';
import { open } from './open.js';
import { readFile } from './read-file.js';
import { readdir } from './readdir.js';
import { rename } from './rename.js';
import { rm } from './rm.js';
import { lstat, stat } from './stat.js';
import { unlink } from './unlink.js';
import { appendFile, writeFile } from './write-file.js';

const ours: Record<string, unknown> = {
  access,
  appendFile,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
};

// In Node's own order, so that even a listing shows no difference.
const promises = Object.fromEntries(
  Object.entries(node).map(([name, theirs]) => [name, ours[name] ?? theirs]),
) as unknown as typeof import('node:fs/promises');

export = promises;
