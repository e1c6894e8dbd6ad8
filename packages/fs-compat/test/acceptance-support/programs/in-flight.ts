// in-flight WORK END FOLDER: begins the work, waits until it is in flight, and ends in the middle of it.
import * as fs from 'node:fs';
import * as path from 'node:path';

const [work, end, folder] = process.argv.slice(2);
const fsp = require('@ringfs/fs-compat/promises') as typeof fs.promises;
const fifo = path.join(folder, 'fifo');
const large = Buffer.alloc(3 << 20, 'x');

function forever(begin: () => Promise<unknown>): void {
  void begin().then(() => forever(begin));
}

const works: Record<string, () => void> = {
  reads: () => {
    for (const name of fs.readdirSync(path.join(folder, 'read'))) {
      forever(() => fsp.readFile(path.join(folder, 'read', name)));
    }
  },
  writes: () => {
    for (let i = 0; i < 4; i++)
      forever(() => fsp.writeFile(path.join(folder, `out-${process.pid}-${i}`), large));
    forever(() => fsp.writeFile(path.join(folder, `out-${process.pid}-f`), 'x', { flush: true }));
  },
  'a FIFO read': () => {
    for (let i = 0; i < 8; i++) void fsp.readFile(fifo);
  },
  'a FIFO written': () => {
    for (let i = 0; i < 8; i++) void fsp.writeFile(fifo, large);
  },
  'a handle on a FIFO': () => {
    void fsp.open(fifo, 'r+').then((handle) => handle.read(Buffer.alloc(10), 0, 10, null));
  },
};

const ends: Record<string, () => void> = {
  'process.exit': () => process.exit(7),
  'an uncaught throw': () => {
    throw new Error('thrown on purpose');
  },
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  'process.exit in a handler of SIGTERM': () => {
    process.on('SIGTERM', () => process.exit(9));
    process.kill(process.pid, 'SIGTERM');
  },
};

works[work]();
setTimeout(() => ends[end](), 40);
