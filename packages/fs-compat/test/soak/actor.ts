// One who works on files of its own, a step at a time, and compares all that it sees with its model.
import * as nodeFs from 'node:fs';
import * as path from 'node:path';
import { randomFrom } from '../acceptance-support/random';
import { type ModelFile, type Opened, reads, writes } from './model';

export type Api = typeof nodeFs;

export interface ActorOptions {
  api: Api;
  folder: string;
  seed: number;
  /** Whether Node's own functions serve: then some promises of ours are not made. */
  bare: boolean;
}

/** Kept to be told when something differs. */
const LOG = 40;
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** Random bytes, cut from somewhere in here. */
const noise = Buffer.alloc(4 << 20);
const random = randomFrom(1);
for (let i = 0; i < noise.length; i += 4) noise.writeUInt32LE(Math.floor(random() * 2 ** 32), i);

export class Actor {
  readonly files = new Map<string, ModelFile>();
  readonly opened: Opened[] = [];
  readonly log: string[] = [];
  readonly random: () => number;
  readonly api: Api;
  readonly folder: string;
  readonly bare: boolean;

  constructor({ api, folder, seed, bare }: ActorOptions) {
    this.api = api;
    this.folder = folder;
    this.bare = bare;
    this.random = randomFrom(seed);
    nodeFs.mkdirSync(folder, { recursive: true });
  }

  /** Actions that had something to act on. */
  acted = 0;

  note(what: string): void {
    this.acted += 1;
    this.log.push(what);
    if (this.log.length > LOG) this.log.shift();
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(of: number): boolean {
    return this.random() < of;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  name(): string {
    return this.pick(NAMES);
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Most are small, some take several pieces of the engine's. */
  bytes(): Buffer {
    const length = this.chance(0.03) ? this.below(2_500_000) : this.below(this.chance(0.5) ? 5000 : 150_000);
    const from = this.below(noise.length - length);
    return Buffer.from(noise.subarray(from, from + length));
  }

  /** An open handle that reads or writes; undefined if there is none. */
  handle(can?: 'read' | 'write'): Opened | undefined {
    const able = this.opened.filter((it) => (can !== 'read' || reads(it)) && (can !== 'write' || writes(it)));
    return able.length === 0 ? undefined : this.pick(able);
  }

  same(seen: Buffer, expected: Buffer, what: string): void {
    if (seen.equals(expected)) return;
    const at = seen.findIndex((byte, i) => byte !== expected[i]);
    throw new Error(
      `${what}: ${seen.length} bytes for ${expected.length}, the first other one at ${at < 0 ? seen.length : at}`,
    );
  }

  must(right: boolean, what: string): void {
    if (!right) throw new Error(what);
  }

  /** Whether there was such a file; if not, the op must have failed with ENOENT. */
  async there(file: ModelFile | undefined, op: Promise<unknown>, what: string): Promise<boolean> {
    try {
      await op;
    } catch (error) {
      if (file === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    this.must(file !== undefined, `${what}: there is no such file`);
    return true;
  }

  /** Everything as the kernel itself tells it. */
  verify(): void {
    const names = nodeFs.readdirSync(this.folder).sort();
    this.must(names.join() === [...this.files.keys()].sort().join(), `the folder holds ${names.join()}`);
    for (const [name, { content }] of this.files)
      this.same(nodeFs.readFileSync(this.path(name)), content, `verifying ${name}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map(({ handle }) => handle.close()));
  }
}
