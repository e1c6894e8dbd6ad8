/** statfs. */

import type { BigIntStatsFs, StatsFs } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asBigintAlone, asPath } from './recognise.js';

type AnyStatsFs = StatsFs | BigIntStatsFs;

export function beginStatfs(path: unknown, options?: unknown): Promise<AnyStatsFs> | undefined {
  const bigint = asBigintAlone(options);
  const where = hasEngine() && bigint !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.statfs(where, bigint as boolean).promise;
}

export async function statfs(path: unknown, options: unknown = { bigint: false }): Promise<AnyStatsFs> {
  const op = beginStatfs(path, options);
  if (op === undefined) return await byNode(node.statfs(path as string, options as { bigint: false }));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
