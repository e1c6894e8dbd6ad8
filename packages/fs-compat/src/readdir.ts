/** readdir: one folder, or the tree below it. */

import { Buffer } from 'node:buffer';
import { Dirent, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { type Found, globals, type Name, ops, type Path, tableOf } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node, nodeFs } from './node.js';
import { asOptions, asPath } from './recognise.js';
import { pinned } from './relative.js';

type Entries = Name[] | Dirent[];

/** How names come back: as the engine gives them, or decoded from their bytes. */
export type NameText = 'buffer' | 'utf8' | 'latin1' | { encoding: BufferEncoding };

interface Wanted {
  encoding: unknown;
  text: NameText;
  kinds: boolean;
  recursive: boolean;
}

const TEXTS = tableOf<NameText>({
  utf8: 'utf8',
  'utf-8': 'utf8',
  buffer: 'buffer',
  latin1: 'latin1',
  binary: 'latin1',
});

/** Its constructor is not in the types. The numbers of kinds are libuv's, here as there. */
const NodeDirent = Dirent as unknown as new (name: Name, kind: number, path: Path) => Dirent;
const UNKNOWN = 0;

export function beginReaddir(path: unknown, options?: unknown): Promise<Entries> | undefined {
  const wanted = hasEngine() ? asWanted(options) : undefined;
  const where = wanted === undefined ? undefined : asPath(path);
  if (wanted === undefined || where === undefined) return undefined;
  if (!wanted.recursive) return readFolder(where, wanted);
  return typeof where === 'string' && treeIsOurs(where, wanted) ? readTree(where, wanted) : undefined;
}

/** For the callback face, which refuses what is neither true nor false, and whose trees are not everywhere ours. */
export function beginReaddirStrictly(path: unknown, options?: unknown): Promise<Entries> | undefined {
  const { recursive = false } = asOptions(options) ?? {};
  if (recursive === null || recursive === false) return beginReaddir(path, options);
  return recursive === true && !readsTreesInTheCall() ? beginReaddir(path, options) : undefined;
}

let inTheCall: boolean | undefined;

/** Node 20 reads a tree, calls the callback and throws failures, all in the call itself. Asked once, of no path. */
function readsTreesInTheCall(): boolean {
  inTheCall ??= throwsInTheCall();
  return inTheCall;
}

function throwsInTheCall(): boolean {
  try {
    nodeFs.readdir('', { recursive: true }, () => {});
    return false;
  } catch {
    return true;
  }
}

async function readFolder(path: Path, wanted: Wanted): Promise<Entries> {
  const { text, kinds } = wanted;
  const again = pinned(path);
  const found = await ops.readdir(path, { wanted: asked(text), kinds, sorted: true }).promise;
  const names = decoded(found.names, text);
  if (!kinds) return names;
  // A filesystem that does not tell kinds: Node asks for each, and has a class of its own for the answers.
  return asDirents(found, names, () => path) ?? (await asNode(again(), wanted));
}

async function readTree(path: string, wanted: Wanted): Promise<Entries> {
  const { text, kinds } = wanted;
  const one = walksInOneRequest();
  const order = one ? 'first' : 'last';
  const again = pinned(path);
  const tree = { order, throughLinks: one || !kinds, textOnly: !one } as const;
  let found: Found;
  try {
    found = await ops.readdir(path, { wanted: asked(text), kinds, sorted: true, tree }).promise;
  } catch {
    // Which failure of a walk counts, and how it is worded, differs from version to version.
    return await asNode(again(), wanted);
  }
  const names = decoded(found.names, text);
  if (!kinds) return names;
  const parent = (folder: Name) => (folder === '' ? path : posix.join(path, folder as string));
  return asDirents(found, names, parent) ?? (await asNode(again(), wanted));
}

function asNode(path: Path, { encoding, kinds, recursive }: Wanted): Promise<Entries> {
  const options = { encoding, withFileTypes: kinds, recursive };
  return byNode(node.readdir(path as string, options as object)) as Promise<Entries>;
}

function asWanted(given: unknown): Wanted | undefined {
  const options = asOptions(given);
  if (options === undefined || options.signal !== undefined) return undefined;
  const { encoding, withFileTypes, recursive } = options;
  const text = asNamesText(encoding);
  // Node takes whatever is true or false.
  return text && { encoding, text, kinds: Boolean(withFileTypes), recursive: Boolean(recursive) };
}

/** Undefined: Node decides. */
export function asNamesText(encoding: unknown): NameText | undefined {
  if (encoding === undefined || encoding === null) return 'utf8';
  if (typeof encoding !== 'string') return undefined;
  return TEXTS[encoding] ?? (Buffer.isEncoding(encoding) ? { encoding } : undefined);
}

export function asked(text: NameText): 'buffer' | 'utf8' | 'latin1' {
  return typeof text === 'string' ? text : 'latin1';
}

export function decoded(names: Name[], text: NameText): Name[] {
  if (typeof text === 'string') return names;
  return names.map((name) => Buffer.from(name as string, 'latin1').toString(text.encoding));
}

/** Undefined if the filesystem did not tell all kinds. */
function asDirents(
  { kinds, folders, counts }: Found,
  names: Name[],
  parent: (folder: Name) => Path,
): Dirent[] | undefined {
  const numbers = new globals.Uint8Array(kinds as ArrayBuffer);
  if (numbers.includes(UNKNOWN)) return undefined;
  const dirents = new Array<Dirent>(names.length);
  const ends = counts === undefined ? [names.length] : new Uint32Array(counts);
  let at = 0;
  for (let folder = 0; folder < ends.length; folder += 1) {
    const path = parent(folders[folder] ?? '');
    for (const end = at + (ends[folder] as number); at < end; at += 1) {
      dirents[at] = new NodeDirent(names[at] as Name, numbers[at] as number, path);
    }
  }
  return dirents;
}

/**
 * Node joins the paths of a tree as text. That is the same tree only where no `..` stands behind a link, and its results
 * are those of our walk only where names are text as they are.
 */
function treeIsOurs(path: string, { text, kinds }: Wanted): boolean {
  if (path.split('/').includes('..')) return false;
  return text === 'utf8' || (!kinds && walksInOneRequest());
}

let oneRequest: boolean | undefined;

/**
 * Up to Node 24 a tree is read folder by folder, the one found last first, and names that are Buffers are refused. Node
 * 26 reads it in one request, in the order of finding. Asked once, of a folder that is flat: this one.
 */
function walksInOneRequest(): boolean {
  oneRequest ??= takesBuffers();
  return oneRequest;
}

function takesBuffers(): boolean {
  try {
    readdirSync(__dirname, { recursive: true, encoding: 'buffer' });
    return true;
  } catch {
    return false;
  }
}

/** Node copies what it is given here, nothing too, and what the copy inherits counts; in fs.readdir it does not. */
const COPIED = Object.freeze({});

export async function readdir(path: unknown, options: unknown): Promise<Entries> {
  const op = beginReaddir(path, options ?? COPIED);
  if (op === undefined) return (await byNode(node.readdir(path as string, options as object))) as Entries;
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
