/** stat, lstat, access, unlink, mkdir, rename. */
import { ops } from '@ringfs/core/internal';
import { type BigIntStats, constants, type Stats } from 'node:fs';
import { named } from './caller.js';
import { hasEngine } from './engine.js';
import { node } from './node.js';
import { asBigint, asMode, asPath } from './recognise.js';

type AnyStats = Stats | BigIntStats;

export async function stat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  if (where === undefined) return node.stat(path as string, options as { bigint: false });
  try {
    return await ops.stat(where, true, bigint as boolean).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function lstat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  if (where === undefined) return node.lstat(path as string, options as { bigint: false });
  try {
    return await ops.stat(where, false, bigint as boolean).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function access(path: unknown, mode: unknown = constants.F_OK): Promise<undefined> {
  const where = hasEngine() && isAccessMode(mode) ? asPath(path) : undefined;
  if (where === undefined) return node.access(path as string, mode as number) as Promise<undefined>;
  try {
    return await ops.access(where, mode as number).promise;
  } catch (error) {
    throw named(error);
  }
}

function isAccessMode(mode: unknown): boolean {
  return typeof mode === 'number' && Number.isInteger(mode) && mode >= 0 && mode <= 7;
}

export async function unlink(path: unknown): Promise<undefined> {
  const where = hasEngine() ? asPath(path) : undefined;
  if (where === undefined) return node.unlink(path as string) as Promise<undefined>;
  try {
    return await ops.unlink(where).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function rename(oldPath: unknown, newPath: unknown): Promise<undefined> {
  const from = hasEngine() ? asPath(oldPath) : undefined;
  const to = from === undefined ? undefined : asPath(newPath);
  if (from === undefined || to === undefined) {
    return node.rename(oldPath as string, newPath as string) as Promise<undefined>;
  }
  try {
    return await ops.rename(from, to).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function mkdir(path: unknown, options: unknown): Promise<string | undefined> {
  const wanted = hasEngine() ? asMkdir(options) : undefined;
  const where = wanted === undefined ? undefined : asPath(path);
  if (wanted === undefined || where === undefined || (wanted.recursive && typeof where !== 'string')) {
    return node.mkdir(path as string, options as number) as Promise<string | undefined>;
  }
  try {
    const made = await ops.mkdir(where, wanted.mode, wanted.recursive).promise;
    return wanted.recursive && made > 0 ? prefix(where as string, made) : undefined;
  } catch (error) {
    // Node words the failures of its walk in its own way, which differs by version: what is left to do is its own.
    if (wanted.recursive) return node.mkdir(path as string, options as { recursive: true });
    throw named(error);
  }
}

/** The first `length` bytes of the path, as text. */
function prefix(path: string, length: number): string {
  return length === path.length ? path : Buffer.from(path).subarray(0, length).toString();
}

function asMkdir(options: unknown): { recursive: boolean; mode: number } | undefined {
  if (options === undefined || options === null) return { recursive: false, mode: 0o777 };
  if (typeof options === 'number') {
    const mode = asMode(options, 0o777);
    return mode === undefined ? undefined : { recursive: false, mode };
  }
  if (typeof options !== 'object') return undefined;
  const { recursive = false, mode: given } = options as Record<string, unknown>;
  const mode = asMode(given, 0o777);
  return typeof recursive === 'boolean' && mode !== undefined ? { recursive, mode } : undefined;
}
