import { backendHere } from './run';

/** The variables of every lane that this machine has, for processes of a test. */
export function lanesHere(): Record<string, string>[] {
  const backend = backendHere();
  if (backend === 'node') return [{}];
  const threads: Record<string, string>[] = [{}, { RINGFS_LANE: 'blocking' }, { RINGFS_BACKEND: 'threads' }];
  return backend === 'io_uring' ? [...threads, { RINGFS_LANE: 'ring' }] : threads;
}
