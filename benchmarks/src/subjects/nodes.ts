// Bare Node: the yardstick. What differs is only the binary, and libuv's own use of io_uring.
import { fetchRuntime, runtimeBinary } from '../peers/fetch';
import type { Runtime } from '../peers/pins';
import type { Subject } from './subject';

const load = () => import('node:fs/promises');

/** The Node that --host chose, as it comes. */
const host: Subject = {
  name: 'node',
  role: 'peer',
  about: 'bare Node, the one that --host chose',
  command: ({ host: program, script }) => ({ program, args: script }),
  load,
};

function bare(name: Runtime): Subject {
  return {
    name,
    role: 'peer',
    about: `bare Node ${name.slice('node'.length)}`,
    prepare: () => fetchRuntime(name),
    command: ({ script }) => ({ program: runtimeBinary(name), args: script }),
    load,
  };
}

/** libuv sends some calls to io_uring where this variable asks for it. */
function withRing(name: Runtime): Subject {
  const plain = bare(name);
  return {
    ...plain,
    name: `${name}-uring`,
    about: `${plain.about} with UV_USE_IO_URING=1`,
    command: (job) => ({ ...plain.command(job), env: { UV_USE_IO_URING: '1' } }),
  };
}

export const nodes: readonly Subject[] = [
  host,
  bare('node20'),
  withRing('node20'),
  bare('node22'),
  bare('node24'),
  bare('node26'),
];
