// Runs a program on both sides and says where they differ.
import { isDeepStrictEqual } from 'node:util';
import { type Description, ITS_OWN } from './describe';
import { execute, type Outcome, type Subject } from './execute';
import { isTogether, type Program } from './program';
import type { World } from './world';

export interface Difference {
  /** Where: a call of the program, or the folder afterwards. */
  at: string;
  node: Description;
  ringfs: Description;
}

export interface Comparison {
  differences: Difference[];
  /** How often each function or member was compared. */
  calls: Map<string, number>;
}

export async function compare(
  program: Program,
  oracle: Subject,
  subject: Subject,
  world: World,
): Promise<Comparison> {
  world.lay();
  const expected = await execute(program, oracle, world);
  const expectedUnhandled = await takeUnhandled(program);
  const expectedTree = world.tree();
  world.setAside();
  world.lay();
  const seen = await execute(program, subject, world);
  const seenUnhandled = await takeUnhandled(program);
  const seenTree = world.tree();

  const calls = callsOf(program);
  const differences: Difference[] = [];
  calls.forEach((call, i) => {
    differences.push(...ofOutcomes(`call ${i + 1}, ${call}`, expected[i] as Outcome, seen[i] as Outcome));
  });
  const [closing, expectedClosing] = [seen, expected].map((all) =>
    all.slice(calls.length).map(({ shown }) => shown),
  );
  if (!isDeepStrictEqual(closing, expectedClosing))
    differences.push({
      at: 'closing the handles',
      node: expectedClosing as Description,
      ringfs: closing as Description,
    });
  for (const kind of expectedUnhandled) knownUnhandled.add(kind);
  const strange = seenUnhandled.filter((kind) => !knownUnhandled.has(kind));
  if (strange.length > 0) differences.push({ at: 'unhandled rejections', node: [], ringfs: strange });
  if (!isDeepStrictEqual(seenTree, expectedTree)) differences.push(...ofTrees(expectedTree, seenTree));
  return { differences, calls: count(calls.filter((_, i) => expected[i]?.shown !== 'left out')) };
}

/**
 * Kinds of rejections that nobody heard of. Node's glob leaves some behind, which come late, so what Node has ever done is
 * held against nobody.
 */
const knownUnhandled = new Set<string>();
const unhandled = new Set<string>();
process.on('unhandledRejection', (error) => void unhandled.add(String(error).replace(/'.*'/, '...')));

async function takeUnhandled(program: Program): Promise<string[]> {
  const late = callsOf(program).includes('glob');
  await new Promise((resolve) => (late ? setTimeout(resolve, 30) : setImmediate(resolve)));
  const taken = [...unhandled].sort();
  unhandled.clear();
  return taken;
}

/** In the order of their outcomes. */
function callsOf(program: Program): string[] {
  return program.steps
    .flatMap((step) => (isTogether(step) ? step.together : [step]))
    .map((step) => ('handle' in step ? `FileHandle.${step.call}` : step.call));
}

function count(calls: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  return counts;
}

function ofOutcomes(at: string, expected: Outcome, seen: Outcome): Difference[] {
  if (!same(expected.shown, seen.shown)) return [{ at, node: expected.shown, ringfs: seen.shown }];
  if (expected.namesCaller === true && seen.namesCaller === false)
    return [{ at: `${at}: the stack names the caller`, node: true, ringfs: false }];
  return [];
}

/**
 * Equal, but for Buffers that lie in larger memory with Node (files whose size is not known before) and in memory of
 * their own with ringfs.
 */
function same(expected: Description, seen: Description): boolean {
  if (typeof expected !== 'object' || typeof seen !== 'object' || expected === null || seen === null)
    return Object.is(expected, seen);
  const keys = Object.keys(expected);
  if (Array.isArray(expected) !== Array.isArray(seen) || !isDeepStrictEqual(keys, Object.keys(seen)))
    return false;
  const [theirs, ours] = [expected as Record<string, Description>, seen as Record<string, Description>];
  return keys.every((key) => {
    if (key === 'memory' && 'content' in ours && ours.memory === ITS_OWN) return true;
    return same(theirs[key] as Description, ours[key] as Description);
  });
}

/** Only the entries that differ. */
function ofTrees(expected: Description, seen: Description): Difference[] {
  const lines = (tree: Description): string[] =>
    (tree as Description[]).map((entry) => JSON.stringify(entry));
  const [theirs, ours] = [lines(expected), lines(seen)];
  return [
    {
      at: 'the folder afterwards',
      node: theirs.filter((line) => !ours.includes(line)),
      ringfs: ours.filter((line) => !theirs.includes(line)),
    },
  ];
}
