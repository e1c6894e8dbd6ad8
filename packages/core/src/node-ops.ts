/** The op-level API where there is no engine: Node's own fs, called the same way. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { Path } from './pending.js';

// Taken at load: a preload may later put ringfs' own functions in their place.
const nodeOpen = promisify(fs.open);
const nodeClose = promisify(fs.close);
const nodeFsync = promisify(fs.fsync);
const nodeFdatasync = promisify(fs.fdatasync);
const nodeStat = promisify(fs.stat);
const nodeFstat = promisify(fs.fstat);
const nodeLstat = promisify(fs.lstat);
const nodeReadFile = promisify(fs.readFile);
const nodeWriteFile = promisify(fs.writeFile);
const nodeRead = fs.read;
const nodeWrite = fs.write;

const asPathLike = (path: Path): fs.PathLike => (typeof path === 'string' ? path : Buffer.from(path));

export const nodeOps = {
  open: (path: Path, flags: number, mode: number): Promise<number> => nodeOpen(asPathLike(path), flags, mode),
  close: (fd: number): Promise<void> => nodeClose(fd),
  sync: (fd: number, dataOnly: boolean): Promise<void> => (dataOnly ? nodeFdatasync(fd) : nodeFsync(fd)),
  read: (fd: number, view: Uint8Array, offset: number, length: number, position: number): Promise<number> =>
    new Promise((resolve, reject) => {
      nodeRead(fd, view, offset, length, position < 0 ? null : position, (error, n) =>
        error ? reject(error) : resolve(n),
      );
    }),
  write: (fd: number, view: Uint8Array, offset: number, length: number, position: number): Promise<number> =>
    new Promise((resolve, reject) => {
      nodeWrite(fd, view, offset, length, position < 0 ? null : position, (error, n) =>
        error ? reject(error) : resolve(n),
      );
    }),
  stat: (path: Path, follow: boolean, bigint: boolean): Promise<fs.Stats | fs.BigIntStats> =>
    (follow ? nodeStat : nodeLstat)(asPathLike(path), { bigint }) as Promise<fs.Stats | fs.BigIntStats>,
  fstat: (fd: number, bigint: boolean): Promise<fs.Stats | fs.BigIntStats> =>
    nodeFstat(fd, { bigint } as { bigint: true }) as Promise<fs.Stats | fs.BigIntStats>,
  readFile: (path: Path, encoding: BufferEncoding | null): Promise<Buffer | string> =>
    nodeReadFile(asPathLike(path), { encoding }),
  writeFile: (path: Path, data: Uint8Array, mode: number, flag: string, flush: boolean): Promise<void> =>
    nodeWriteFile(asPathLike(path), data, { mode, flag, flush } as fs.WriteFileOptions),
};
