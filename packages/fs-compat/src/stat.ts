/** stat and lstat. */

import type { BigIntStats, Stats } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asBigint, asPath } from './recognise.js';

type AnyStats = Stats | BigIntStats;

function begin(path: unknown, options: unknown, follow: boolean): Promise<AnyStats> | undefined {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.stat(where, follow, bigint as boolean).promise;
}

export function beginStat(path: unknown, options?: unknown): Promise<AnyStats> | undefined {
  return begin(path, options, true);
}

export function beginLstat(path: unknown, options?: unknown): Promise<AnyStats> | undefined {
  return begin(path, options, false);
}

export async function stat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const op = beginStat(path, options);
  if (op === undefined) return await byNode(node.stat(path as string, options as { bigint: false }));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export async function lstat(path: unknown, options: unknown = { bigint: false }): Promise<AnyStats> {
  const op = beginLstat(path, options);
  if (op === undefined) return await byNode(node.lstat(path as string, options as { bigint: false }));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
