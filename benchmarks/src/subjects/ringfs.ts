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
