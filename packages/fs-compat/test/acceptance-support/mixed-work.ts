// Every kind of work at once, for as long as nobody stops it. What it writes follows from the names (named-bytes.ts), what
// it reads is checked.
import type * as fs from 'node:fs';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isMainThread } from 'node:worker_threads';
import { bytesOf, lengthOf, versions } from './named-bytes';
import { randomFrom } from './random';

export interface Scene {
  /** '@ringfs/fs-compat', or 'node:fs' to see what Node itself does. */
  api: string;
  /** Its own. */
  folder: string;
  /** Files to read, whose content follows from their names. */
  files: string[];
  /** Two that nobody ever comes to the other end of; none for Node, whose thread pool they would block for good. */
  fifos: string[];
  seed: number;
  /** Whether it will be stopped: then it begins nothing that cannot be called off. */
  stops: boolean;
}

type Step = (turn: number) => Promise<unknown>;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns what stops it: resolves when all that was begun is done. */
export function beginWork(scene: Scene, onFailure: (text: string) => void): () => Promise<void> {
  const stop = new AbortController();
  const steps = { ...reading(scene), ...writing(scene), ...throughHandles(scene) };
  const work = Object.entries(steps).map(async ([name, step]) => {
    try {
      for (let turn = 0; !stop.signal.aborted; turn++) await step(turn);
    } catch (error) {
      onFailure(`${name}: ${(error as Error).stack}`);
    }
  });
  const waiting = scene.fifos.length > 0 ? waitForNobody(scene, stop.signal) : [];
  return async () => {
    stop.abort();
    await Promise.all([...work, ...waiting]);
  };
}

function must(right: boolean, what: string): void {
  if (!right) throw new Error(`not what was written: ${what}`);
}

/**
 * Streams of a path. In a worker of a handle: streams of a path call fs.open, which there is Node's, and Node loses the
 * descriptor of an open that is under way when the worker is terminated.
 */
async function readStream(api: string, file: string): Promise<fs.ReadStream> {
  const { promises: fsp, createReadStream } = require(api) as typeof fs;
  return isMainThread ? createReadStream(file) : (await fsp.open(file)).createReadStream();
}

async function writeStream(api: string, file: string): Promise<fs.WriteStream> {
  const { promises: fsp, createWriteStream } = require(api) as typeof fs;
  return isMainThread ? createWriteStream(file) : (await fsp.open(file, 'w')).createWriteStream();
}

function reading({ api, files, seed }: Scene): Record<string, Step> {
  const { promises: fsp } = require(api) as typeof fs;
  const random = randomFrom(seed);
  const check = (file: string, content: Buffer): void =>
    must(content.equals(bytesOf(path.basename(file))), file);
  return {
    reads: () => Promise.all(files.map(async (file) => check(file, await fsp.readFile(file)))),
    'a read, aborted': async (turn) => {
      const file = files[turn % files.length];
      const controller = new AbortController();
      const reading = fsp.readFile(file, { signal: controller.signal }).then(
        (content) => check(file, content),
        (error: Error) => must(error.name === 'AbortError', error.message),
      );
      if (random() < 0.7) await pause(random() * 2);
      controller.abort();
      await reading;
    },
    'a stream': async (turn) => {
      const file = files[turn % files.length];
      const parts: Buffer[] = [];
      for await (const part of await readStream(api, file)) parts.push(part as Buffer);
      check(file, Buffer.concat(parts));
    },
    metadata: async (turn) => {
      const file = files[turn % files.length];
      const [{ size }, names] = await Promise.all([fsp.stat(file), fsp.readdir(path.dirname(file))]);
      must(size === lengthOf(path.basename(file)) && names.includes(path.basename(file)), `stat of ${file}`);
    },
  };
}

function writing({ api, folder, seed }: Scene): Record<string, Step> {
  const { promises: fsp } = require(api) as typeof fs;
  const random = randomFrom(seed + 1);
  const own = (name: string): string => path.join(folder, name);
  return {
    writes: (turn) =>
      Promise.all(
        [0, 1, 2].map(async (i) => {
          const name = `fresh-${turn}-${i}`;
          await fsp.writeFile(own(name), bytesOf(name), { flush: i === 0 });
          if (turn > 5) await fsp.unlink(own(`fresh-${turn - 5}-${i}`));
        }),
      ),
    overwrites: (turn) => fsp.writeFile(own('over-0'), versions('over-0')[turn % 2]),
    'overwrites, flushed': (turn) =>
      fsp.writeFile(own('over-1'), versions('over-1')[turn % 2], { flush: true }),
    'a write, aborted': async (turn) => {
      const name = `aborted-${turn % 8}`;
      const controller = new AbortController();
      const writing = fsp.writeFile(own(name), bytesOf(name), { signal: controller.signal });
      const settled = writing.catch((error: Error) => must(error.name === 'AbortError', error.message));
      if (random() < 0.7) await pause(random() * 2);
      controller.abort();
      await settled;
      await fsp.rm(own(name), { force: true });
    },
    renames: async (turn) => {
      const name = `whole-${turn % 10}`;
      await fsp.writeFile(own(`part of ${name}`), bytesOf(name));
      await fsp.rename(own(`part of ${name}`), own(name));
    },
    trees: async (turn) => {
      const tree = own(`tree-${turn % 3}`);
      await fsp.mkdir(path.join(tree, 'a/b/c'), { recursive: true });
      const leaves = Array.from({ length: 12 }, (_, i) => `${'a/b/c/'.slice(0, (i % 4) * 2)}leaf-${i}`);
      await Promise.all(
        leaves.map((leaf) =>
          fsp.writeFile(path.join(tree, leaf), bytesOf(path.basename(leaf)).subarray(0, 300)),
        ),
      );
      const found = await fsp.readdir(tree, { recursive: true });
      must(found.length === 15, `a tree of ${found.length} entries`);
      await fsp.rm(tree, { recursive: true });
    },
  };
}

function throughHandles({ api, folder, files }: Scene): Record<string, Step> {
  const { promises: fsp } = require(api) as typeof fs;
  const through = async (
    name: string,
    flags: string,
    work: (handle: fs.promises.FileHandle, bytes: Buffer) => Promise<unknown>,
  ): Promise<void> => {
    const handle = await fsp.open(path.join(folder, name), flags);
    await work(handle, bytesOf(name));
    await handle.close();
  };
  return {
    'handle.appendFile': (turn) =>
      through(`append-${turn % 5}`, 'w', async (handle, bytes) => {
        const piece = Math.ceil(bytes.length / 6);
        for (let at = 0; at < bytes.length; at += piece)
          await handle.appendFile(bytes.subarray(at, at + piece));
      }),
    'handle.writeFile': (turn) =>
      through(`handle-${turn % 5}`, 'w', (handle, bytes) => handle.writeFile(bytes)),
    'handle.write at positions': (turn) =>
      through(`holes-${turn % 5}`, 'w+', async (handle, bytes) => {
        const piece = Math.ceil(bytes.length / 5);
        const starts = [3, 1, 4, 0, 2].map((i) => i * piece).filter((at) => at < bytes.length);
        await Promise.all(
          starts.map((at) => handle.write(bytes, at, Math.min(piece, bytes.length - at), at)),
        );
        await handle.datasync();
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(piece), 0, piece, 0);
        must(buffer.subarray(0, bytesRead).equals(bytes.subarray(0, bytesRead)), `read of holes-${turn % 5}`);
      }),
    'a write stream': async (turn) => {
      const name = `stream-${turn % 5}`;
      await pipeline([bytesOf(name)], await writeStream(api, path.join(folder, name)));
    },
    'a pipeline': async (turn) => {
      const file = files[turn % files.length];
      // Below its own name, because that says what its bytes are.
      const copy = path.join(folder, 'copies', path.basename(file));
      await fsp.mkdir(path.dirname(copy), { recursive: true });
      await pipeline(await readStream(api, file), await writeStream(api, copy));
      await fsp.unlink(copy);
    },
  };
}

const kept: fs.promises.FileHandle[] = [];

function waitForNobody(
  { api, fifos: [toRead, toWrite], stops }: Scene,
  signal: AbortSignal,
): Promise<void>[] {
  const { promises: fsp } = require(api) as typeof fs;
  const nothing = (): void => {};
  if (!stops) {
    // Kept, for Node tells of a handle that it has to close itself.
    void fsp.open(toRead, 'r').then((handle) => kept.push(handle), nothing);
    void fsp.open(toRead, 'r+').then((handle) => {
      kept.push(handle);
      return handle.read(Buffer.alloc(10), 0, 10, null);
    }, nothing);
    void fsp.writeFile(toWrite, 'x').catch(nothing);
  }
  return [
    fsp.readFile(toRead, { signal }).then(nothing, nothing),
    fsp.writeFile(toWrite, 'x', { signal }).then(nothing, nothing),
  ];
}
