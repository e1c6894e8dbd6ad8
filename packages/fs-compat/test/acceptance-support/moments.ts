import { randomFrom } from './random';

const LONGEST_MS = 60;

function after(turns: number, next: (go: () => void) => void, go: () => void): void {
  if (turns === 0) go();
  else next(() => after(turns - 1, next, go));
}

/** Now, some promise jobs later, some loop iterations later, or some milliseconds later. */
export function atSomeMoment(seed: number, go: () => void): void {
  const random = randomFrom(seed);
  const kind = random();
  const turns = Math.floor(random() * 30);
  if (kind < 0.1) go();
  else if (kind < 0.25) after(turns, queueMicrotask, go);
  else if (kind < 0.4) after(turns, setImmediate, go);
  else setTimeout(go, random() * LONGEST_MS);
}
