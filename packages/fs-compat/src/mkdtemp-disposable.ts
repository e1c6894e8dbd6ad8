/** mkdtempDisposable of Node 24: a new folder that removes itself with all it holds. */

import { resolve } from 'node:path';
import { atCaller } from './caller.js';
import { beginMkdtemp } from './mkdtemp.js';
import { asNameText } from './name.js';
import { byNode, node } from './node.js';
import { rm } from './rm.js';

const { cwd } = process;

export interface DisposableFolder {
  path: string;
  remove(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The types of older Nodes do not have it. */
const { mkdtempDisposable: theirs } = node as unknown as {
  mkdtempDisposable(prefix: unknown, options: unknown): Promise<DisposableFolder>;
};

export async function mkdtempDisposable(prefix: unknown, options: unknown): Promise<DisposableFolder> {
  const isText = asNameText(options) !== 'buffer'; // Node makes the folder then, and fails
  const folder = isText ? currentFolder() : undefined;
  const op = folder === undefined ? undefined : beginMkdtemp(prefix, options);
  if (op === undefined) return await byNode(theirs(prefix, options));
  try {
    return disposable((await op) as string, folder as string);
  } catch (error) {
    throw await atCaller(error);
  }
}

/** Undefined: it is gone, and Node has its own words for that. */
function currentFolder(): string | undefined {
  try {
    return cwd();
  } catch {
    return undefined;
  }
}

function disposable(path: string, folder: string): DisposableFolder {
  const whole = resolve(folder, path);
  const removal = (): Promise<void> =>
    rm(whole, { recursive: true, force: true, maxRetries: 0, retryDelay: 0 });
  return {
    __proto__: null,
    path,
    // Named by its place: a bundler may give a constant another name.
    remove: async (): Promise<void> => {
      await removal();
    },
    async [Symbol.asyncDispose]() {
      await removal();
    },
  } as unknown as DisposableFolder;
}
