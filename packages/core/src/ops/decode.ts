/** Decoders that several ops share. */
import type { Results } from '../drain.js';
import type { Pending } from '../pending.js';

/** A count, a descriptor or a size. */
export function decodeValue(results: Results, index: number): number {
  return results.values[index] as number;
}

export function decodeNothing(): undefined {
  return undefined;
}

/** What stands in the table of objects under the op's id. */
export function decodeObject<T>(results: Results, _index: number, pending: Pending<T>): T {
  return results.objects[pending.id] as T;
}
