// A program of ES modules, as far as the compiler goes.
import type { FileHandle as NodeFileHandle } from 'node:fs/promises';
import * as all from '@ringfs/fs-compat';
import fs, {
  constants,
  type PathLike,
  promises,
  type ReadStream,
  readFile,
  type Stats,
} from '@ringfs/fs-compat';
import * as allPromises from '@ringfs/fs-compat/promises';
import fsp, { type FileHandle, readFile as read } from '@ringfs/fs-compat/promises';

// In both directions: neither more nor less than Node's.
fs satisfies typeof import('node:fs');
({}) as typeof import('node:fs') satisfies typeof fs;
all.promises satisfies typeof import('node:fs/promises');
fsp satisfies typeof import('node:fs/promises');
({}) as typeof import('node:fs/promises') satisfies typeof fsp;
fs.promises satisfies typeof fsp;
promises satisfies typeof fsp;
all.stat satisfies typeof import('node:fs').stat;
allPromises.stat satisfies typeof import('node:fs/promises').stat;

export async function use(path: PathLike): Promise<number> {
  const text: string = await read(path, 'utf8');
  const bytes: Buffer = await allPromises.readFile(path);
  const handle: FileHandle = await fsp.open(path, 'r', constants.O_RDONLY);
  handle satisfies NodeFileHandle;
  const stream: ReadStream = all.createReadStream('x', { fd: handle });
  readFile(path, (error: NodeJS.ErrnoException | null, data: Buffer) => [error, data]);
  fs.stat(path, (_error, stats: Stats) => stats.isFile());
  // @ts-expect-error: a mistake is one
  await read(path, 5);
  // @ts-expect-error: and so is this
  fs.readFile(path);
  return text.length + bytes.length + stream.bytesRead;
}
