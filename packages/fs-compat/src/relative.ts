/** Paths that are used a second time, after an await: by then a relative one could mean another folder. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { Path } from '@ringfs/core/internal';
import { PATH_MAX } from './recognise.js';

const cwd = process.cwd;
const SLASH = 0x2f;

interface Nailed {
  path: Path;
  asGiven(error: unknown): unknown;
}

/** Gives `path` as it has to be written at a later time to mean what it means now. */
export function pinned(path: Path): () => Path {
  if ((typeof path === 'string' ? path.charCodeAt(0) : path[0]) === SLASH) return () => path;
  const folder = currentFolder();
  return () => (currentFolder() === folder ? path : below(folder, path));
}

/**
 * `path` as it means the same for as long as somebody works with it, whatever the caller changes meanwhile: removing a
 * tree must not go on in another folder. Failures are made to name what was given. Undefined where that is longer than
 * a path can be.
 */
export function nailed(path: Path): Nailed | undefined {
  if ((typeof path === 'string' ? path.charCodeAt(0) : path[0]) === SLASH)
    return { path, asGiven: (error) => error };
  const folder = currentFolder();
  const prefix = folder === '/' ? '/' : `${folder}/`;
  const whole = below(folder, path);
  if (Buffer.byteLength(whole) >= PATH_MAX) return undefined;
  return {
    path: whole,
    asGiven(error) {
      const { path: named } = error as { path?: unknown };
      if (!types.isNativeError(error) || typeof named !== 'string' || !named.startsWith(prefix)) return error;
      error.message = error.message.replace(prefix, '');
      // The `path` of Node's SystemErrors stands in their `info`; set through the error it becomes a Buffer there.
      const { info = error } = error as { info?: object };
      (info as NodeJS.ErrnoException).path = named.slice(prefix.length);
      return error;
    },
  };
}

function below(folder: string, path: Path): Path {
  const start = folder === '/' ? '/' : `${folder}/`;
  return typeof path === 'string' ? `${start}${path}` : Buffer.concat([Buffer.from(start), path]);
}

/** A folder that is gone holds nothing: below it there is no path. */
function currentFolder(): string {
  try {
    return cwd();
  } catch {
    return '/proc/self/fd/-1';
  }
}
