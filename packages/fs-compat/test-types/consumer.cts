// A program of CommonJS modules, as far as the compiler goes.
import fs = require('@ringfs/fs-compat');
import fsp = require('@ringfs/fs-compat/promises');
import { type PathLike, readFile } from '@ringfs/fs-compat';
import { type FileHandle, readFile as read } from '@ringfs/fs-compat/promises';

fs satisfies typeof import('node:fs');
({}) as typeof import('node:fs') satisfies typeof fs;
fsp satisfies typeof import('node:fs/promises');
({}) as typeof import('node:fs/promises') satisfies typeof fsp;
fs.promises satisfies typeof fsp;

export async function use(path: PathLike): Promise<number> {
  const text: string = await read(path, 'utf8');
  const handle: FileHandle = await fsp.open(path);
  const stream: fs.ReadStream = fs.createReadStream('x', { fd: handle });
  readFile(path, (error: NodeJS.ErrnoException | null, data: Buffer) => [error, data]);
  fs.stat(path, (_error, stats: fs.Stats) => stats.isFile());
  // @ts-expect-error: a mistake is one
  await read(path, 5);
  return text.length + stream.bytesRead;
}
