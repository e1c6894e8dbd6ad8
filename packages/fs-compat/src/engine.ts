/** Whether there is an engine here; without one every call goes to Node. */
import { backend } from '@ringfs/core/internal';

let answer: boolean | undefined;

/** @throws ERR_RINGFS_BACKEND if a forced backend is not to be had: at the first op, never silently another one */
export function hasEngine(): boolean {
  answer ??= backend().addon !== null;
  return answer;
}
