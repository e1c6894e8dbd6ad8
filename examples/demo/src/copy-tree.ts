// The program both subjects run. It takes the fs functions and knows nothing else about them.
import { createHash } from 'node:crypto';
import { inFlight } from './in-flight';

/** What the copy asks of fs/promises. */
export interface Fs {
  readFile(path: string): Promise<Buffer>;
  writeFile(path: string, data: Uint8Array): Promise<void>;
}

/** Calls in flight at any moment. */
export const concurrency = 64;

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The phases, each over one segment's files, in the order of the paths given; `write` does for two of them. */
export function copyTree(fs: Fs) {
  return {
    read: (sources: readonly string[]): Promise<Buffer[]> =>
      inFlight(concurrency, sources, (source) => fs.readFile(source)),

    hash: (contents: readonly Uint8Array[]): string[] => contents.map(sha256),

    write: async (targets: readonly string[], contents: readonly Uint8Array[]): Promise<void> => {
      await inFlight(concurrency, targets, (target, index) => fs.writeFile(target, contents[index]));
    },

    /** Reads the copies back; returns their hashes, and rejects at the first that differs from `expected`. */
    verify: (targets: readonly string[], expected: readonly string[]): Promise<string[]> =>
      inFlight(concurrency, targets, async (target, index) => {
        const hash = sha256(await fs.readFile(target));
        if (hash !== expected[index]) throw new Error(`the copy differs from its source: ${target}`);
        return hash;
      }),
  };
}
