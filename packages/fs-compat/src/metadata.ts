/** stat, lstat, access, unlink, mkdir, rename. */

import { type BigIntStats, constants, type Stats } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { named } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asBigint, asMode, asPath } from './recognise.js';

type AnyStats = Stats | BigIntStats;

export async function stat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  if (where === undefined) return await byNode(node.stat(path as string, options as { bigint: false }));
  try {
    return await ops.stat(where, true, bigint as boolean).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function lstat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  if (where === undefined) return await byNode(node.lstat(path as string, options as { bigint: false }));
  try {
    return await ops.stat(where, false, bigint as boolean).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function access(path: unknown, mode: unknown = constants.F_OK): Promise<void> {
  const where = hasEngine() && isAccessMode(mode) ? asPath(path) : undefined;
  if (where === undefined) return await byNode(node.access(path as string, mode as number));
  try {
    return await ops.access(where, mode as number).promise;
  } catch (error) {
    throw named(error);
  }
}

function isAccessMode(mode: unknown): boolean {
  return typeof mode === 'number' && Number.isInteger(mode) && mode >= 0 && mode <= 7;
}

export async function unlink(path: unknown): Promise<void> {
  const where = hasEngine() ? asPath(path) : undefined;
  if (where === undefined) return await byNode(node.unlink(path as string));
  try {
    return await ops.unlink(where).promise;
  } catch (error) {
    throw named(error);
  }
}

export async function rename(oldPath: unknown, newPath: unknown): Promise<void> {
  const from = hasEngine() ? asPath(oldPath) : undefined;
  const to = from === undefined ? undefined : asPath(newPath);
  if (from === undefined || to === undefined) {
    return await byNode(node.rename(oldPath as string, newPath as string));
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
    return (await byNode(node.mkdir(path as string, options as number))) as string | undefined;
  }
  try {
    const made = await ops.mkdir(where, wanted.mode, wanted.recursive).promise;
    return wanted.recursive && made > 0 ? (ops.prefix(where, made) as string) : undefined;
  } catch (error) {
    // Where nothing was made yet Node is asked: it words the failures of its walk in its own way, by version.
    const madeSome = (error as NodeJS.ErrnoException).path !== path;
    if (wanted.recursive && !madeSome)
      return await byNode(node.mkdir(path as string, options as { recursive: true }));
    throw named(error);
  }
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
