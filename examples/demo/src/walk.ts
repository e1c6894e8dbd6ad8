import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface Entry {
  /** Relative to the tree's root. */
  path: string;
  bytes: number;
}

export interface Tree {
  root: string;
  /** Regular files, each inode once, sorted by path. */
  files: Entry[];
  bytes: number;
  symlinks: number;
  /** Further names of files already listed. */
  hardLinks: number;
}

/** Lists a tree's real files. `skip` names one folder, relative to the root, that is left out with all below it. */
export function walk(root: string, skip?: string): Tree {
  const tree: Tree = { root, files: [], bytes: 0, symlinks: 0, hardLinks: 0 };
  const seen = new Set<string>();

  function visit(folder: string): void {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (entry.isSymbolicLink()) tree.symlinks += 1;
      else if (entry.isDirectory() && name !== skip) visit(name);
      else if (entry.isFile()) add(name);
    }
  }

  function add(name: string): void {
    const { dev, ino, size, nlink } = lstatSync(path.join(root, name), { bigint: true });
    const inode = `${dev}:${ino}`;
    if (nlink > 1n) {
      if (seen.has(inode)) {
        tree.hardLinks += 1;
        return;
      }
      seen.add(inode);
    }
    tree.files.push({ path: name, bytes: Number(size) });
    tree.bytes += Number(size);
  }

  visit('');
  tree.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return tree;
}
