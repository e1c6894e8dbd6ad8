/** Whether there is an engine here; without one every call goes to Node. */
import { engineNow } from '@ringfs/core/internal';

let known: boolean | undefined;

/** @throws as engineNow: at an op, never silently another backend than the one that is forced */
export function hasEngine(): boolean {
  known ??= engineNow();
  return known ?? false;
}
