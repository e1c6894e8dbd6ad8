import type { Subject } from './subject';

export const ringfs: Subject = {
  name: 'ringfs',
  command: (program) => ({ program, args: [] }),
  load: () => import('@ringfs/fs-compat/promises'),
  describe: async () => {
    const { capabilities } = await import('@ringfs/core');
    const { backend, reason } = capabilities();
    return `${backend} (${reason})`;
  },
};
