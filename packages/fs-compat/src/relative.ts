/** Paths that are used a second time, after an await: by then a relative one could mean another folder. */
import { Buffer } from 'node:buffer';
import type { Path } from '@ringfs/core/internal';

const cwd = process.cwd;
const SLASH = 0x2f;

/** Gives `path` as it has to be written at a later time to mean what it means now. */
export function pinned(path: Path): () => Path {
  if ((typeof path === 'string' ? path.charCodeAt(0) : path[0]) === SLASH) return () => path;
  const folder = currentFolder();
  return () => (currentFolder() === folder ? path : below(folder, path));
}

function below(folder: string, path: Path): Path {
  return typeof path === 'string' ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), path]);
}

/** A folder that is gone holds nothing: below it there is no path. */
function currentFolder(): string {
  try {
    return cwd();
  } catch {
    return '/proc/self/fd/-1';
  }
}
