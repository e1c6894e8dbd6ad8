import { bun } from './bun';
import { deno } from './deno';
import { limits } from './limits';
import { nodes } from './nodes';
import { ringfs, ringfsThreads } from './ringfs';
import type { Subject } from './subject';

export const subjects: readonly Subject[] = [ringfs, ringfsThreads, ...nodes, bun, deno, ...limits];

/** Names that stand for several subjects. */
const groups: Record<string, readonly string[]> = {
  all: subjects.map(({ name }) => name).filter((name) => !['node', 'ringfs-threads'].includes(name)),
};

export function findSubject(name: string): Subject {
  const found = subjects.find((subject) => subject.name === name);
  if (found) return found;
  throw new Error(
    `no subject is called ${name}; there are ${subjects.map((subject) => subject.name).join(', ')}, and all`,
  );
}

/** In the order of the list above, each once. */
export function selectSubjects(names: readonly string[]): Subject[] {
  const chosen = new Set(names.flatMap((name) => groups[name] ?? [findSubject(name).name]));
  return subjects.filter(({ name }) => chosen.has(name));
}
