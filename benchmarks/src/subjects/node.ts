import type { Subject } from './subject';

/** The yardstick: the running Node's own fs/promises, as it comes. */
export const node: Subject = {
  name: 'node',
  command: (program) => ({ program, args: [] }),
  load: () => import('node:fs/promises'),
};
