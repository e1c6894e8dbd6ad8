// What the files ought to hold, in memory.
import type { FileHandle } from 'node:fs/promises';

/** One file, whatever its name: handles stay on it when it is renamed, replaced or unlinked. */
export class ModelFile {
  content: Buffer = Buffer.alloc(0);

  get size(): number {
    return this.content.length;
  }

  truncate(size: number): void {
    const shorter = this.content.subarray(0, size);
    this.content = Buffer.concat([shorter, Buffer.alloc(size - shorter.length)]);
  }

  write(at: number, bytes: Buffer): void {
    if (at + bytes.length > this.size) this.truncate(at + bytes.length);
    bytes.copy(this.content, at);
  }

  append(bytes: Buffer): void {
    this.write(this.size, bytes);
  }
}

export interface Opened {
  handle: FileHandle;
  file: ModelFile;
  flags: string;
  /** The file's own position. */
  position: number;
}

export const reads = ({ flags }: Opened): boolean => flags !== 'a';
export const writes = ({ flags }: Opened): boolean => flags !== 'r';

/** A write at `at`, or at the handle's own position; O_APPEND has its own idea of both. */
export function writeThrough(opened: Opened, bytes: Buffer, at: number | null): void {
  const { file, flags } = opened;
  const where = flags.startsWith('a') ? file.size : (at ?? opened.position);
  file.write(where, bytes);
  if (at === null) opened.position = where + bytes.length;
}

/** What a read must give. */
export function readThrough(opened: Opened, length: number, at: number | null): Buffer {
  const from = at ?? opened.position;
  const bytes = Buffer.from(opened.file.content.subarray(from, from + length));
  if (at === null) opened.position += bytes.length;
  return bytes;
}
