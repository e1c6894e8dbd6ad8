/** The op-level API where there is no engine: Node's own fs, called the same way. */
import { Buffer } from 'node:buffer';
import {
  type BigIntStats,
  close,
  fdatasync,
  fstat,
  fsync,
  lstat,
  open,
  read,
  readFile,
  type Stats,
  stat,
  write,
  writeFile,
} from 'node:fs';
import type { Path } from './pending.js';

/**
 * One of Node's functions, taken at load: a preload may later put ringfs' own in its place. Not by util.promisify, which
 * takes a while for each and would do so at every import.
 */
function promised<T>(call: (...args: never[]) => void): (...args: unknown[]) => Promise<T> {
  const node = call as (...args: unknown[]) => void;
  return (...args) =>
    new Promise((resolve, reject) => {
      node(...args, (error: Error | null, value: T) => (error ? reject(error) : resolve(value)));
    });
}

const node = {
  open: promised<number>(open),
  close: promised<void>(close),
  fsync: promised<void>(fsync),
  fdatasync: promised<void>(fdatasync),
  read: promised<number>(read),
  write: promised<number>(write),
  stat: promised<Stats | BigIntStats>(stat),
  lstat: promised<Stats | BigIntStats>(lstat),
  fstat: promised<Stats | BigIntStats>(fstat),
  readFile: promised<Buffer | string>(readFile),
  writeFile: promised<void>(writeFile),
};

const asPathLike = (path: Path): string | Buffer => (typeof path === 'string' ? path : Buffer.from(path));

/** -1, as everywhere in the engine, is the descriptor's own position. */
const asPosition = (position: number): number | null => (position < 0 ? null : position);

export const nodeOps = {
  open: (path: Path, flags: number, mode: number) => node.open(asPathLike(path), flags, mode),
  close: (fd: number) => node.close(fd),
  sync: (fd: number, dataOnly: boolean) => (dataOnly ? node.fdatasync(fd) : node.fsync(fd)),
  read: (fd: number, view: Uint8Array, offset: number, length: number, position: number) =>
    node.read(fd, view, offset, length, asPosition(position)),
  write: (fd: number, view: Uint8Array, offset: number, length: number, position: number) =>
    node.write(fd, view, offset, length, asPosition(position)),
  stat: (path: Path, follow: boolean, bigint: boolean) =>
    (follow ? node.stat : node.lstat)(asPathLike(path), { bigint }),
  fstat: (fd: number, bigint: boolean) => node.fstat(fd, { bigint }),
  readFile: (path: Path, encoding: BufferEncoding | null) => node.readFile(asPathLike(path), { encoding }),
  writeFile: (path: Path, data: Uint8Array, mode: number, flag: string, flush: boolean) =>
    node.writeFile(asPathLike(path), data, { mode, flag, flush }),
};
