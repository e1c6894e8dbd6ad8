/** opendir: Node's own Dir, around a handle of ours. */

import type { Dir, PathLike } from 'node:fs';
import { promisify } from 'node:util';
import { ops, type Path } from '@ringfs/core/internal';
import { callbackFace, lookLike } from './callback.js';
import { atCaller } from './caller.js';
import { DirHandle } from './dir-handle.js';
import { hasEngine } from './engine.js';
import { byNode, node, nodeProperties } from './node.js';
import { asNamesText } from './readdir.js';
import { asOptions, asPath } from './recognise.js';

/** On Node 20 getters give these two, and change node:fs when they are asked: not before somebody wants them. */
const nodeOwn = <Value>({ value, get }: PropertyDescriptor): Value => value ?? get?.();

/** Its constructor is not in the types. */
type NodeDir = new (handle: DirHandle, path: unknown, options: unknown) => Dir;

let Made: NodeDir | undefined;
let callbackMade: unknown;

/** fs.opendir, made when it is wanted. */
export function opendirWithCallback(): unknown {
  callbackMade ??= callbackFace(nodeOwn<unknown>(nodeProperties.opendir), beginOpendir, 2);
  return callbackMade;
}

export function beginOpendir(...args: unknown[]): Promise<Dir> | undefined {
  const [path, options] = args;
  const where = args.length <= 2 && hasEngine() && areOurs(options) ? asPath(path) : undefined;
  return where === undefined ? undefined : openAt(where, options);
}

async function openAt(path: Path, options: unknown): Promise<Dir> {
  const handle = new DirHandle(await ops.opendir(path).promise);
  try {
    Made ??= nodeOwn<NodeDir>(nodeProperties.Dir);
    return new Made(handle, path, options);
  } catch (error) {
    handle.close(); // the options have changed meanwhile; some Nodes have closed it already
    throw error;
  }
}

/** With others Node's Dir throws, in a callback of Node's own. */
function areOurs(given: unknown): boolean {
  const options = asOptions(given);
  if (options === undefined || options.signal !== undefined) return false;
  const sized = !('bufferSize' in options) || isCount(options.bufferSize);
  return sized && asNamesText(options.encoding) !== undefined;
}

function isCount(size: unknown): boolean {
  return typeof size === 'number' && size >>> 0 === size && size > 0;
}

async function opendir(...args: unknown[]): Promise<Dir> {
  const op = beginOpendir(...args);
  if (op === undefined) return await byNode(node.opendir(...(args as [PathLike])));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

/** Not an async function: Node's own is made by util.promisify, and says so. */
function face(...args: unknown[]): Promise<Dir> {
  return opendir(...args);
}

const asNodes = lookLike(face, node.opendir as unknown as typeof face, { [promisify.custom]: face });

export { asNodes as opendir };
