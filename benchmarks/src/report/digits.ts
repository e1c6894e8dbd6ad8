import type { Spread } from '../statistics';

/** Three digits that mean something. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The middle half of the rounds. */
export function middle({ low, high }: Spread): string {
  return `${digits(low)} - ${digits(high)}`;
}

export function range({ min, max }: Spread): string {
  return `${digits(min)} - ${digits(max)}`;
}

export function yesNo(met: boolean | undefined): string {
  if (met === undefined) return 'not measured';
  return met ? 'met' : 'NOT MET';
}

/** Microseconds, in the unit that fits. */
export function time(us: number): string {
  return us >= 10_000 ? `${digits(us / 1000)} ms` : digits(us);
}
