/**
 * What stands in the place of Node's inner handle in a Dir of ours. Node's Dir keeps the order of calls, the entries that
 * it has been given, and what is an error to ask of it.
 *
 * The engine owns the descriptor: it is closed with the environment, if nobody closes it before.
 */

import { globals, ops } from '@ringfs/core/internal';
import { withoutFrames } from './callback.js';
import { captureStackTrace } from './caller.js';
import { deliver } from './delivery.js';
import { asked, asNamesText, decoded, type NameText } from './readdir.js';

type Found = ReturnType<typeof ops.readFolderNow>;

/** Names and their kinds by turns, as Dir takes them. */
type Entries = unknown[];

/** Node's request of an asynchronous call. */
interface Request {
  oncomplete(error: unknown, result?: Entries | null): void;
}

/** What Node 20 has failures of synchronous calls written to, and makes an error of. */
interface Failure {
  errno?: number;
  syscall?: string;
}

const abandoned = new FinalizationRegistry<number>((folder) => {
  ops.closeFolderNow(folder);
  process.emitWarning('Closing directory handle on garbage collection');
});

/** Named as Node's own: the class shows where a Dir is inspected. */
export class DirHandle {
  #folder: number;
  /** What came with the entries that were asked for, from `#next` on. */
  #entries: Entries = [];
  #next = 0;

  constructor(folder: number) {
    this.#folder = folder;
    abandoned.register(this, folder, this);
  }

  /** The next `count` entries, fewer only at the end; null behind it. Without a request: in this call. */
  read(encoding: unknown, count: number, request?: Request, failure?: Failure): Entries | null | undefined {
    const text = asNamesText(encoding) ?? 'utf8';
    if (request === undefined) return this.#readNow(text, count, failure);
    this.#read(text, count).then(
      (entries) => deliver(() => request.oncomplete(null, entries)),
      (error) => deliver(() => request.oncomplete(withoutFrames(error))),
    );
    return undefined;
  }

  /** Without a request: in this call. */
  close(request?: Request): void {
    const folder = this.#folder;
    this.#folder = NONE;
    abandoned.unregister(this);
    if (request === undefined) {
      ops.closeFolderNow(folder);
      return;
    }
    ops.closeFolder(folder).promise.then(
      () => deliver(() => request.oncomplete(null)),
      (error) => deliver(() => request.oncomplete(withoutFrames(error))),
    );
  }

  async #read(text: NameText, count: number): Promise<Entries | null> {
    const missing = this.#missing(count);
    if (missing > 0) {
      try {
        this.#add(await ops.readFolder(this.#folder, missing, asked(text)).promise, text);
      } catch (error) {
        this.#forget();
        throw error;
      }
    }
    return this.#take(count);
  }

  #readNow(text: NameText, count: number, failure: Failure | undefined): Entries | null | undefined {
    try {
      const missing = this.#missing(count);
      if (missing > 0) this.#add(ops.readFolderNow(this.#folder, missing, asked(text)), text);
      return this.#take(count);
    } catch (error) {
      this.#forget();
      if (failure === undefined) {
        captureStackTrace(error as Error, this.read);
        throw error;
      }
      const { errno, syscall } = error as Required<Failure>;
      Object.assign(failure, { errno, syscall });
      return undefined;
    }
  }

  #missing(count: number): number {
    return count - (this.#entries.length - this.#next) / 2;
  }

  #add({ names, kinds }: Found, text: NameText): void {
    const numbers = new globals.Uint8Array(kinds as ArrayBuffer);
    const entries = this.#entries.slice(this.#next);
    decoded(names, text).forEach((name, i) => {
      entries.push(name, numbers[i]);
    });
    this.#entries = entries;
    this.#next = 0;
  }

  #take(count: number): Entries | null {
    const first = this.#next;
    this.#next = Math.min(this.#entries.length, first + 2 * count);
    return this.#next === first ? null : this.#entries.slice(first, this.#next);
  }

  /** What a read that fails has met goes with it, as in libuv. */
  #forget(): void {
    this.#entries = [];
    this.#next = 0;
  }
}

/** The number of no folder. */
const NONE = -1;
