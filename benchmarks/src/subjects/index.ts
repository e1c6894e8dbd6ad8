import { node } from './node';
import { ringfs } from './ringfs';
import type { Subject } from './subject';

export const subjects: readonly Subject[] = [node, ringfs];

export function findSubject(name: string): Subject {
  const found = subjects.find((subject) => subject.name === name);
  if (found) return found;
  throw new Error(
    `no subject is called ${name}; there are ${subjects.map((subject) => subject.name).join(', ')}`,
  );
}
