import type { Subject } from './subject';

export const ringfs: Subject = {
  name: 'ringfs',
  role: 'ours',
  about: 'ringfs on the Node that --host chose',
  command: ({ host, script }) => ({ program: host, args: script }),
  load: () => import('@ringfs/fs-compat/promises'),
  describe: async () => {
    const { capabilities } = await import('@ringfs/core');
    const { backend, reason } = capabilities();
    return `${backend} (${reason})`;
  },
};

/** What those get whose kernel or container refuses io_uring. */
export const ringfsThreads: Subject = {
  ...ringfs,
  name: 'ringfs-threads',
  about: 'the same without io_uring (RINGFS_BACKEND=threads); not in all',
  command: (job) => ({ ...ringfs.command(job), env: { RINGFS_BACKEND: 'threads' } }),
};
