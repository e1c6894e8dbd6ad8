// Programs that come as Debian packages: used where they are, installed where that takes no asking.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((dir) => {
    try {
      accessSync(path.join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Throws, with the command for a person, where it is missing and cannot be installed: no apt-get, or not root. */
export function ensureProgram(program: string, packageName: string): void {
  if (hasProgram(program)) return;
  const args = ['install', '-y', '--no-install-recommends', packageName];
  if (process.getuid?.() === 0 && hasProgram('apt-get')) {
    console.log(`installing the Debian package ${packageName}`);
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    spawnSync('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (hasProgram(program)) return;
  }
  throw new Error(`${program} is missing (sudo apt-get ${args.join(' ')})`);
}
