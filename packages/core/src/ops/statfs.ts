/** statfs: an object as the running Node would have made it. */

import { type BigIntStatsFs, type StatsFs, statfsSync } from 'node:fs';
import { layout } from '@ringfs/native';
import type { Results } from '../drain.js';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';

const { Op, Option, STAT_FIELDS } = layout;

type AnyStatsFs = StatsFs | BigIntStatsFs;

/** The fields that the engine tells, in its order. */
const FIELDS = ['type', 'bsize', 'frsize', 'blocks', 'bfree', 'bavail', 'files', 'ffree'];

interface Shape {
  prototype: object;
  /** Each property, in the running Node's order, with its place among the fields. */
  properties: [name: string, place: number][];
}

let shape: Shape | undefined;

/** Its class is not exported, and newer versions have more properties: an object of Node's own shows them. */
function shapeOfNode(): Shape {
  const template = statfsSync('/');
  const properties = Object.keys(template).map((name): [string, number] => [name, FIELDS.indexOf(name)]);
  return { prototype: Object.getPrototypeOf(template), properties };
}

function decode(fields: Float64Array | BigInt64Array, index: number): AnyStatsFs {
  shape ??= shapeOfNode();
  const object = Object.create(shape.prototype) as Record<string, number | bigint>;
  for (const [name, place] of shape.properties) {
    object[name] = fields[index * STAT_FIELDS + place] as number | bigint;
  }
  return object as unknown as AnyStatsFs;
}

export function statfs(path: Path, bigint: boolean): Pending<AnyStatsFs> {
  return runtime().submission.byPath<AnyStatsFs>(
    Op.statfs,
    (results: Results, index) => decode(bigint ? results.bigStats : results.stats, index),
    'statfs',
    path,
    undefined,
    undefined,
    0,
    0,
    bigint ? Option.bigint : 0,
    0,
  );
}
