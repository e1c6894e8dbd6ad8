/**
 * The class of the handles that `open` returns: a subclass of the running Node's own FileHandle around one of Node's own
 * inner handles, so that Node accepts it wherever it checks (readFile(handle), streams, http2, postMessage), and what is
 * not ours yet works by inheritance.
 *
 * Node's inner handle owns the descriptor: it closes it at garbage collection and at tear-down, before any hook of ours
 * runs. The engine therefore duplicates the descriptor for every op that leaves the loop thread.
 */

import type { EventEmitter } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { ops, runtime } from '@ringfs/core/internal';
import { abortableRead, abortableWrite } from './abort.js';
import { atCaller, named } from './caller.js';
import { InOrder } from './in-order.js';
import { byNode, failureOf, isTooLarge, node } from './node.js';
import {
  asBigint,
  asData,
  asFileMode,
  asMode,
  asOptions,
  asOwner,
  asSignal,
  asText,
  READING,
  WRITING,
} from './recognise.js';
import { asSeconds } from './seconds.js';
import { decoded, wanted } from './text.js';
import { readTransfer, type Transfer, writeTransfer } from './transfer.js';
import { asVector, readVector, writeVector } from './vector.js';

/** @param plain see option kPlainFile in native/src/engine/job.h; `readOnly`: it was opened with O_RDONLY */
export type HandleClass = new (inner: object, plain: boolean, readOnly: boolean) => FileHandle;

/** Node's inner handle, as far as we use it. */
interface InnerHandle {
  readonly fd: number;
  close(): Promise<void>;
  releaseFD(): void;
}

interface NodeHandleClass {
  new (inner: InnerHandle): FileHandle;
  prototype: FileHandle;
}

let loading: Promise<HandleClass | undefined> | undefined;
let loaded: HandleClass | undefined;

/** Our class, or undefined where this Node's own does not have the shape we know: then Node's handles are used. */
export function handleClass(): Promise<HandleClass | undefined> | HandleClass {
  if (loaded !== undefined) return loaded;
  loading ??= load();
  return loading;
}

/** The class, if it has been asked for before. */
export function handleClassNow(): HandleClass | undefined {
  return loaded;
}

/** Whether `value` is an open handle made by our `open`. */
export function isOurs(value: unknown): value is FileHandle {
  return loaded !== undefined && value instanceof loaded && value.fd !== -1;
}

const { apply } = Reflect;

/**
 * What our handles read and write with, whatever a program has put in its place on one of them or on their prototype:
 * that is for who calls it there, and it may call us.
 */
export const own = {} as Pick<FileHandle, 'readFile' | 'writeFile'>;

async function load(): Promise<HandleClass | undefined> {
  // Node does not export the class: a handle of its own shows it.
  const { native } = runtime();
  const sample = await node.open(native.samplePath(), 'r').catch(() => undefined);
  if (sample === undefined) {
    // No descriptor left, no /proc: this open is Node's, and the next one asks again.
    native.samplePathDone();
    loading = undefined;
    return undefined;
  }
  const made = define(sample);
  await sample.close();
  native.samplePathDone();
  loaded = made;
  return made;
}

function symbolNamed(object: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === name);
}

function define(sample: FileHandle): HandleClass | undefined {
  const Base = sample.constructor as NodeHandleClass;
  const kHandle = symbolNamed(sample, 'kHandle');
  const kRef = symbolNamed(Base.prototype, 'kRef');
  const kUnref = symbolNamed(Base.prototype, 'kUnref');
  if (kHandle === undefined || kRef === undefined || kUnref === undefined) return undefined;
  const Inner = (sample as unknown as Record<symbol, InnerHandle>)[kHandle].constructor as new (
    fd: number,
  ) => InnerHandle;
  const release = Inner.prototype.releaseFD as (() => void) | undefined;
  if (typeof release !== 'function') return undefined;

  // Node's close does the waiting and the event; the closing itself goes our way.
  class OurInner extends Inner {
    #closesAtOnce = false;

    override close(): Promise<void> {
      return ops.closeHandle(this.fd, this.#closesAtOnce, this, release as () => void).promise;
    }

    /** A file that was only read has nothing left to do when it is closed. */
    static closesAtOnce(inner: OurInner): void {
      inner.#closesAtOnce = true;
    }
  }
  runtime().setHandleClass(OurInner);
  const closeAtOnce = closerOf(sample, release as () => void);

  // Named as Node's own: the class shows in util.inspect and in error messages.
  class FileHandle extends Base {
    /** Of what is not plain. A pipe or a terminal has no position: there a read may wait for the write behind it. */
    readonly #reads = new InOrder();
    readonly #writes = new InOrder();
    #hasPosition: boolean | undefined;
    /** Ops at the handle's own position that have begun, and perhaps not come to the engine yet. */
    #moving = 0;
    readonly #plain: boolean;

    constructor(inner: OurInner, plain: boolean, readOnly: boolean) {
      super(inner);
      this.#plain = plain;
      if (!plain || !readOnly) return;
      OurInner.closesAtOnce(inner);
      if (closeAtOnce === undefined) return;
      const theirs = this.close;
      // Each handle has one of its own, as with Node: it works without its object too.
      const close = (): Promise<void> => closeAtOnce(this, inner) ?? theirs();
      this.close = close;
    }

    override async read(
      buffer?: unknown,
      offset?: unknown,
      length?: unknown,
      position?: unknown,
    ): Promise<never> {
      const transfer = FileHandle.#isOpen(this) ? readTransfer(buffer, offset, length, position) : undefined;
      if (transfer === undefined) {
        return (await byNode(
          super.read(buffer as Buffer, offset as number, length as number, position as number),
        )) as never;
      }
      if (transfer.length === 0) return result('bytesRead', 0, transfer.buffer);
      const { view, offset: from, length: count, position: at, buffer: into } = transfer;
      if (at >= 0 || this.#moving === 0) {
        const n = this.#now(() => ops.readNow(this.fd, view, from, count, at, this.#plain));
        if (n !== undefined) return result('bytesRead', n, into);
      }
      if (at < 0) return result('bytesRead', await this.#move(ops.read, transfer, this.#reads), into);
      // As #hold and #move, without their functions and promises: this is how many are read at once.
      this.#ref();
      try {
        const op = ops.read(this.fd, view, from, count, at, this.#plain);
        await runtime().submission.gone;
        return result('bytesRead', op.settled ? op.take() : await op.promise, into);
      } catch (error) {
        throw await atCaller(error);
      } finally {
        this.#unref();
      }
    }

    override async write(
      buffer: unknown,
      offset?: unknown,
      length?: unknown,
      position?: unknown,
    ): Promise<never> {
      const transfer = FileHandle.#isOpen(this) ? writeTransfer(buffer, offset, length, position) : undefined;
      if (transfer === undefined) {
        return (await byNode(
          super.write(buffer as Buffer, offset as number, length as number, position as number),
        )) as never;
      }
      const moved = await this.#move(ops.write, transfer, this.#writes);
      return result('bytesWritten', moved, transfer.buffer);
    }

    override async readv(buffers: unknown, position?: unknown): Promise<never> {
      const vector = FileHandle.#isOpen(this) ? asVector(buffers, position) : undefined;
      if (vector === undefined) {
        return (await byNode(super.readv(buffers as Buffer[], position as number))) as never;
      }
      const read = (): Promise<number> => readVector(this.fd, vector);
      return result('bytesRead', await this.#place(read, vector.position, this.#reads), buffers, 'buffers');
    }

    override async writev(buffers: unknown, position?: unknown): Promise<never> {
      const vector = FileHandle.#isOpen(this) ? asVector(buffers, position) : undefined;
      if (vector === undefined) {
        return (await byNode(super.writev(buffers as Buffer[], position as number))) as never;
      }
      const write = (): Promise<number> => writeVector(this.fd, vector);
      return result(
        'bytesWritten',
        await this.#place(write, vector.position, this.#writes),
        buffers,
        'buffers',
      );
    }

    override async readFile(options?: unknown): Promise<never> {
      const chosen = FileHandle.#isOpen(this) ? asOptions(options, READING) : undefined;
      const text = chosen && asText(chosen.encoding);
      const signal = chosen && asSignal(chosen.signal);
      if (chosen === undefined || text === undefined || signal === undefined || 'buffer' in chosen) {
        return (await byNode(super.readFile(options as BufferEncoding))) as never;
      }
      const read = () => abortableRead(() => ops.readDescriptor(this.fd, wanted(text)), signal);
      const words = (error: unknown) =>
        isTooLarge(error)
          ? failureOf(() => super.readFile(options as BufferEncoding), error)
          : atCaller(error);
      return decoded(await this.#place(read, -1, this.#reads, words), text) as never;
    }

    override async writeFile(data: unknown, options?: unknown): Promise<void> {
      const chosen = FileHandle.#isOpen(this) ? asOptions(options, WRITING) : undefined;
      const bytes = chosen && asData(data, chosen.encoding);
      const signal = chosen && asSignal(chosen.signal);
      // Node checks these, and then has no use for them on a handle.
      const checked =
        asMode(chosen?.mode, 0o666) !== undefined && typeof (chosen?.flush ?? false) === 'boolean';
      if (bytes === undefined || signal === undefined || !checked) {
        return await byNode(super.writeFile(data as string, options as BufferEncoding));
      }
      const write = () => abortableWrite(() => ops.writeDescriptor(this.fd, bytes), signal);
      await this.#place(write, -1, this.#writes);
    }

    override async appendFile(data: unknown, options?: unknown): Promise<void> {
      if (!FileHandle.#isOpen(this))
        return await byNode(super.appendFile(data as string, options as BufferEncoding));
      return await apply(own.writeFile, this, [data as string, options as BufferEncoding]);
    }

    override async stat(options?: unknown): Promise<never> {
      if (!FileHandle.#isOpen(this)) return (await byNode(super.stat(options as { bigint: false }))) as never;
      const bigint = asBigint(options);
      if (bigint === undefined) return (await this.#statByNode(options)) as never;
      const known = this.#now(() => ops.fstatNow(this.fd, bigint));
      return (known ?? (await this.#hold(() => ops.fstat(this.fd, bigint).promise))) as never;
    }

    override async sync(): Promise<void> {
      if (!FileHandle.#isOpen(this)) return await byNode(super.sync());
      return this.#hold(() => ops.sync(this.fd, false).promise);
    }

    override async datasync(): Promise<void> {
      if (!FileHandle.#isOpen(this)) return await byNode(super.datasync());
      return this.#hold(() => ops.sync(this.fd, true).promise);
    }

    override async chmod(mode: unknown): Promise<void> {
      const bits = FileHandle.#isOpen(this) ? asFileMode(mode) : undefined;
      if (bits === undefined) return await byNode(super.chmod(mode as number));
      return this.#hold(() => ops.fchmod(this.fd, bits).promise);
    }

    override async chown(uid: unknown, gid: unknown): Promise<void> {
      const owner = FileHandle.#isOpen(this) ? asOwner(uid, gid) : undefined;
      if (owner === undefined) return await byNode(super.chown(uid as number, gid as number));
      return this.#hold(() => ops.fchown(this.fd, owner.uid, owner.gid).promise);
    }

    override async utimes(atime: unknown, mtime: unknown): Promise<void> {
      const accessed = FileHandle.#isOpen(this) ? asSeconds(atime) : undefined;
      const modified = accessed === undefined ? undefined : asSeconds(mtime);
      if (accessed === undefined || modified === undefined) {
        return await byNode(super.utimes(atime as Date, mtime as Date));
      }
      return this.#hold(() => ops.futimes(this.fd, accessed, modified).promise);
    }

    override async truncate(length: unknown = 0): Promise<void> {
      const plain = typeof length === 'number' && Number.isSafeInteger(length);
      if (!FileHandle.#isOpen(this) || !plain) return await byNode(super.truncate(length as number));
      return this.#hold(() => ops.truncate(this.fd, Math.max(0, length)).promise);
    }

    /** Node has its own words for a closed handle, and for a `this` that is none. */
    static #isOpen(self: FileHandle): boolean {
      return typeof self === 'object' && self !== null && #plain in self && self.fd !== -1;
    }

    #move(op: typeof ops.read, transfer: Transfer, order: InOrder): Promise<number> {
      const { view, offset, length, position } = transfer;
      const begin = () => op(this.fd, view, offset, length, position, this.#plain).promise;
      return this.#place(begin, position, order);
    }

    /** At a file's own position ops take turns: of plain files the engine sees to that. */
    #place<T>(begin: () => Promise<T>, position: number, order: InOrder, words = atCaller): Promise<T> {
      return position >= 0 ? this.#hold(begin, words) : this.#inTurn(begin, order, words);
    }

    async #inTurn<T>(begin: () => Promise<T>, order: InOrder, words: typeof atCaller): Promise<T> {
      this.#moving += 1;
      try {
        return await this.#hold(() => (this.#plain ? begin() : this.#turns(order).next(begin)), words);
      } finally {
        this.#moving -= 1;
      }
    }

    /** Those of one way alone where there is no position, else of both. */
    #turns(ofOneWay: InOrder): InOrder {
      this.#hasPosition ??= runtime().native.hasPosition(this.fd);
      return this.#hasPosition ? this.#writes : ofOneWay;
    }

    /**
     * Node 26 begins the fstat before it looks at `signal`, and hears no more of it where that is none. The handle stays
     * open until another one is through, or a close right after would make it a rejection that nobody handles.
     */
    async #statByNode(options: unknown): Promise<unknown> {
      this.#ref();
      try {
        return await byNode(super.stat(options as { bigint: false }));
      } catch (error) {
        await super.stat().catch(() => undefined);
        throw error;
      } finally {
        this.#unref();
      }
    }

    /** What can be had at once; its errors name the caller too. */
    #now<T>(attempt: () => T | undefined): T | undefined {
      try {
        return attempt();
      } catch (error) {
        throw named(error);
      }
    }

    /** Node's own count of what keeps the handle open. */
    #ref(): void {
      (this as unknown as Record<symbol, () => void>)[kRef as symbol]();
    }

    #unref(): void {
      (this as unknown as Record<symbol, () => void>)[kUnref as symbol]();
    }

    /** Keeps the handle open until the op is through and its failure has its words. */
    async #hold<T>(begin: () => Promise<T>, words = atCaller): Promise<T> {
      this.#ref();
      try {
        return await begin();
      } catch (error) {
        throw await words(error);
      } finally {
        this.#unref();
      }
    }
  }
  const { readFile, writeFile } = FileHandle.prototype;
  Object.assign(own, { readFile, writeFile });
  return FileHandle as unknown as HandleClass;
}

/** What Node keeps of a handle that may be closed, by the names of its symbols. */
type State = Record<symbol, unknown>;

/**
 * Node's close of a handle that nothing is at work on, for one that has nothing left to do but to go: without the five
 * promises that wait for one which is there at once. Undefined where this Node's is not the one we know; the function
 * that is given returns undefined where Node's own is to be called.
 */
function closerOf(
  sample: FileHandle,
  release: () => void,
): ((handle: FileHandle, inner: InnerHandle) => Promise<void> | undefined) | undefined {
  const [kFd, kRefs, kClosePromise] = ['kFd', 'kRefs', 'kClosePromise'].map((name) =>
    symbolNamed(sample, name),
  );
  if (kFd === undefined || kRefs === undefined || kClosePromise === undefined) return undefined;
  const forget = (state: State): void => {
    state[kClosePromise] = undefined;
  };
  return (handle, inner) => {
    const state = handle as unknown as State;
    if (state[kFd] === -1 || state[kRefs] !== 1 || state[kClosePromise]) return undefined;
    const fd = state[kFd] as number;
    state[kRefs] = 0;
    state[kFd] = -1;
    const op = ops.closeHandle(fd, true, inner, release);
    const { settled, promise } = op;
    const closing = settled ? promise : promise.finally(() => forget(state));
    state[kClosePromise] = closing;
    try {
      (handle as unknown as EventEmitter).emit('close');
    } finally {
      if (settled) forget(state);
    }
    return closing;
  };
}

function result(
  count: 'bytesRead' | 'bytesWritten',
  n: number,
  buffer: unknown,
  name: 'buffer' | 'buffers' = 'buffer',
): never {
  return { __proto__: null, [count]: n, [name]: buffer } as never;
}
