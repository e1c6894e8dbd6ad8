import { fetchRuntime, runtimeBinary } from '../peers/fetch';
import type { Subject } from './subject';

export const bun: Subject = {
  name: 'bun',
  role: 'peer',
  about: 'Bun, the build for CPUs without AVX2',
  prepare: () => fetchRuntime('bun'),
  command: ({ script }) => ({ program: runtimeBinary('bun'), args: script }),
  load: () => import('node:fs/promises'),
};
