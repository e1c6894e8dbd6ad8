// Mounting, and following many links, one at a time on the whole machine.
//
// A walk along a path that meets a mount or unmount anywhere, also in another namespace, begins again, and Linux counts
// the links of the first attempt too: a path with more than 20 of them is then ELOOP now and then (docs/kernel-notes.md).
import * as net from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** An abstract socket: whoever ends, however it ends, gives it back. */
const NAME = '\0ringfs-test-mounts';

async function taken(): Promise<net.Server> {
  for (;;) {
    const server = net.createServer();
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(NAME, () => resolve(undefined));
    });
    if (error === undefined) return server;
    if (error.code !== 'EADDRINUSE') throw error;
    await setTimeout(20);
  }
}

export async function aloneWithMounts(work: () => Promise<unknown>): Promise<void> {
  const server = await taken();
  try {
    await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
