import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

function childrenOf(parent) {
  const dir = path.join(root, parent);
  return existsSync(dir) ? readdirSync(dir).map((name) => path.join(dir, name)) : [];
}

/** The folders of the workspace's packages; the same list as in pnpm-workspace.yaml. */
export function projectFolders() {
  return [...childrenOf('packages'), ...childrenOf('examples'), path.join(root, 'benchmarks')].filter((dir) =>
    existsSync(path.join(dir, 'package.json')),
  );
}

/** What `tsc -b` builds: the packages by way of the root's references, then their users with their tests. */
export function typeScriptProjects() {
  const users = [...childrenOf('examples'), path.join(root, 'benchmarks')];
  return [root, ...users.flatMap((dir) => [dir, path.join(dir, 'test')])]
    .map((dir) => path.join(dir, 'tsconfig.json'))
    .filter((file) => existsSync(file));
}
