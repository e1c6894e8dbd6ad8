import { fetchRuntime, runtimeBinary } from '../peers/fetch';
import type { Subject } from './subject';

export const deno: Subject = {
  name: 'deno',
  role: 'peer',
  about: 'Deno, by its node:fs/promises',
  prepare: () => fetchRuntime('deno'),
  command: ({ script }) => ({
    program: runtimeBinary('deno'),
    args: ['run', '--quiet', '--allow-all', '--no-lock', ...script],
  }),
  load: () => import('node:fs/promises'),
};
