/** A difference in words: the lines of both sides that the other one has not. */
import type { Description } from './describe';

export function shown(at: string, node: Description, ringfs: Description): string {
  const [theirs, ours] = [lines(node), lines(ringfs)];
  const only = (some: string[], others: string[], mark: string): string[] =>
    some.filter((line) => !others.includes(line)).map((line) => `    ${mark} ${line}`);
  return [`  ${at}`, ...only(theirs, ours, 'node  '), ...only(ours, theirs, 'ringfs')].join('\n');
}

/** One line a leaf, each with the way to it. */
function lines(value: Description, way = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${way}: ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${way}: ${JSON.stringify(value)}`];
  return entries.flatMap(([key, item]) => lines(item, way === '' ? key : `${way}.${key}`));
}
