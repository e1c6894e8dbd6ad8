/** stat and lstat. */

import type { BigIntStats, Stats } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asBigint, asPath } from './recognise.js';

const NUMBERS = Object.freeze({ bigint: false });

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

function now(path: unknown, options: unknown, follow: boolean): AnyStats | undefined {
  const bigint = asBigint(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.statNow(where, follow, bigint as boolean);
}

export async function stat(path: unknown, options: unknown = NUMBERS): Promise<AnyStats> {
  try {
    const known = now(path, options, true);
    if (known !== undefined) return known;
    const op = beginStat(path, options);
    if (op !== undefined) return await op;
  } catch (error) {
    throw await atCaller(error);
  }
  return await byNode(node.stat(path as string, options as { bigint: false }));
}

export async function lstat(path: unknown, options: unknown = NUMBERS): Promise<AnyStats> {
  try {
    const known = now(path, options, false);
    if (known !== undefined) return known;
    const op = beginLstat(path, options);
    if (op !== undefined) return await op;
  } catch (error) {
    throw await atCaller(error);
  }
  return await byNode(node.lstat(path as string, options as { bigint: false }));
}
