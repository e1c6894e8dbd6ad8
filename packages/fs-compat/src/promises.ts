/** = node:fs/promises: every name the running Node has, ours where we have one, Node's own for the rest. */
import * as metadata from './metadata.js';
import { node } from './node.js';
import { open } from './open.js';
import { readFile } from './read-file.js';
import { appendFile, writeFile } from './write-file.js';

const ours = { appendFile, open, readFile, writeFile, ...metadataFunctions() };

function metadataFunctions(): Record<string, unknown> {
  const { access, lstat, mkdir, rename, stat, unlink } = metadata;
  return { access, lstat, mkdir, rename, stat, unlink };
}

// In Node's own order, so that even a listing shows no difference.
const promises = Object.fromEntries(
  Object.entries(node).map(([name, theirs]) => [name, (ours as Record<string, unknown>)[name] ?? theirs]),
) as unknown as typeof import('node:fs/promises');

export = promises;
