import { spawnSync } from 'node:child_process';

/** The name and version of a Node binary, as a child of it would say. */
export function runtimeOf(binary: string): string {
  const { stdout, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return error ? `${binary} (${error.message})` : `node ${stdout.trim().replace(/^v/, '')}`;
}
