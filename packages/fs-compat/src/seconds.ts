/** A time as Node takes one for a file -> seconds since the epoch. */
import { types } from 'node:util';

/** As they are at load, as Node's are: clocks that a test stops do not reach what Node writes. */
const { now } = Date;
const { getTime } = Date.prototype;
const { apply } = Reflect;
const { isFinite: isFiniteNumber } = Number;

/** Undefined: Node decides (a wrong type, NaN, infinities, times that no kernel knows). */
export function asSeconds(time: unknown): number | undefined {
  const seconds = toSeconds(time);
  return seconds !== undefined && Math.abs(seconds) <= Number.MAX_SAFE_INTEGER ? seconds : undefined;
}

/** Node's own rules, odd as they are: a negative number means now, a negative string or Date means what it says. */
function toSeconds(time: unknown): number | undefined {
  // biome-ignore lint/suspicious/noDoubleEquals: a string that is equal to its number, as in Node
  if (typeof time === 'string') return +time == (time as unknown) ? +time : undefined;
  if (typeof time === 'number') return time < 0 && isFiniteNumber(time) ? now() / 1000 : time;
  return types.isDate(time) ? apply(getTime, time, []) / 1000 : undefined;
}
