// A worker thread with every kind of work in flight, for as long as it lives. All that it writes is its own byte.
import type * as fs from 'node:fs';
import * as path from 'node:path';
import { workerData } from 'node:worker_threads';

const { api, folder, byte, fifo, files, delay } = workerData as {
  /** What serves: '@ringfs/fs-compat/promises', or 'node:fs/promises' to see what Node itself leaves behind. */
  api: string;
  folder: string;
  byte: number;
  fifo: string;
  files: string[];
  /** Milliseconds before the first op: some are terminated while they start. */
  delay: number;
};
const fsp = require(api) as typeof fs.promises;
const own = (size: number): Buffer => Buffer.alloc(size, byte);

async function forever(name: string, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
    } catch (error) {
      process.stderr.write(`busy-worker ${name}: ${(error as Error).stack}\n`);
      process.exit(1);
    }
  }
}

async function through(
  file: string,
  flags: string,
  work: (handle: fs.promises.FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await fsp.open(path.join(folder, file), flags);
  await work(handle);
  await handle.close();
}

/** Nobody ever comes to the other end. */
function waitForNobody(): void {
  void fsp.readFile(fifo).catch(() => {});
  void fsp.writeFile(fifo, own(10)).catch(() => {});
  void fsp.open(fifo, 'r').catch(() => {});
  void fsp
    .open(fifo, 'r+')
    .then((handle) => handle.read(Buffer.alloc(10), 0, 10, null))
    .catch(() => {});
}

function begin(): void {
  // Node's own thread pool would be blocked for good.
  if (api !== 'node:fs/promises') waitForNobody();
  void forever('read', () => Promise.all(files.map((file) => fsp.readFile(file))));
  void forever('write', () => fsp.writeFile(path.join(folder, 'small'), own(5000)));
  void forever('flush', () => fsp.writeFile(path.join(folder, 'flushed'), own(3000), { flush: true }));
  void forever('large', () => fsp.writeFile(path.join(folder, 'large'), own((2 << 20) + 5)));
  void forever('large read', () => fsp.readFile(files[0]));
  void forever('handle.writeFile', () => through('handle', 'w', (handle) => handle.writeFile(own(2 << 20))));
  void forever('handle.write', () =>
    through('handle-write', 'w', async (handle) => {
      await Promise.all(
        Array.from({ length: 2 }, (_, i) => handle.write(own(5 << 18), 0, 5 << 18, i * (5 << 18))),
      );
      await handle.datasync();
    }),
  );
  void forever('handle.read', () =>
    through('handle-read', 'w+', async (handle) => {
      await handle.write(own(70_000), 0, 70_000, 0);
      const { buffer } = await handle.read(Buffer.alloc(70_000), 0, 70_000, 0);
      if (!buffer.every((value) => value === byte)) throw new Error('a foreign byte was read');
    }),
  );
}

if (delay > 0) setTimeout(begin, delay);
else begin();
