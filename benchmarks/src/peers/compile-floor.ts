// Compiles floor/*.c when a run first needs it: the plain system calls, and the eviction of files from the page cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { peersFolder } from './fetch';

const sources = path.resolve(__dirname, '../../floor');

export const floorBinary = path.join(peersFolder, 'floor');

export function compileFloor(): void {
  const files = readdirSync(sources).map((name) => path.join(sources, name));
  if (existsSync(floorBinary)) {
    const builtMs = statSync(floorBinary).mtimeMs;
    if (files.every((file) => statSync(file).mtimeMs < builtMs)) return;
  }
  mkdirSync(peersFolder, { recursive: true });
  const inputs = files.filter((file) => file.endsWith('.c'));
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-o', floorBinary];
  const { status, error, stderr } = spawnSync('cc', [...flags, ...inputs], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`could not compile benchmarks/floor: ${error?.message ?? stderr}`);
}
