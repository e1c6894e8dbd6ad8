import { constants, readSync } from 'node:fs';

export const openDirectFlags = constants.O_RDONLY | (constants.O_DIRECT ?? 0);

const page = 4096;

/**
 * Buffers that O_DIRECT takes. JavaScript does not say where memory lies, so the kernel is asked: a blocking read into each
 * possible start until one is accepted.
 */
export function alignedBuffers(fd: number, count: number, bytes: number): Buffer[] {
  const all = Buffer.from(new ArrayBuffer(count * bytes + page));
  const start = firstAccepted(fd, all, bytes);
  return Array.from({ length: count }, (_, index) =>
    all.subarray(start + index * bytes, start + (index + 1) * bytes),
  );
}

function firstAccepted(fd: number, all: Buffer, bytes: number): number {
  for (let start = 0; start < page; start += 16) {
    try {
      readSync(fd, all, start, bytes, 0);
      return start;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }
  throw new Error('O_DIRECT takes no buffer at any alignment: not every filesystem has it');
}
