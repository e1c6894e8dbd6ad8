/** The first half of the loop: writes one record per op, and hands the batch over once per tick. */

import { Buffer } from 'node:buffer';
import { layout, type NativeRuntime } from '@ringfs/native';
import type { Drain } from './drain.js';
import { systemError } from './errors.js';
import { globals } from './globals.js';
import { decodeNothing } from './ops/decode.js';
import { type Decode, type Path, Pending } from './pending.js';

const { Op, MAX_RECORDS, RECORD_WORDS, PATH_BYTES, ATTEMPT_RECORD, BUSY_AT, Attempt } = layout;

/** Where an attempt's record begins. */
const ATTEMPT_AT = ATTEMPT_RECORD * RECORD_WORDS;

/** PATH_MAX of Linux, limits.h: a longer path is ENAMETOOLONG whatever it names. */
const PATH_MAX = 4096;
/** Room that two paths of PATH_MAX UTF-16 units can need as UTF-8. */
const PATH_ROOM = 2 * 3 * PATH_MAX;

/** Ops in one tick from which on they go together. */
const MANY_AT_ONCE = 4;

const SETTLED = Promise.resolve();
const nextTick = process.nextTick;
const cwd = process.cwd;

export class Submission {
  private readonly words: Int32Array;
  private readonly floats: Float64Array;
  private readonly paths: Buffer;
  private count = 0;
  private pathEnd = 0;
  private relative = 0;
  private folder = '';
  private scheduled = false;
  private held = false;
  private readonly flushLater = (): void => {
    if (!this.held) this.flush();
  };
  /** The op whose attempt has missed, until it is queued: what it has found out already goes along. */
  private missedOp = -1;
  private missedTarget: Path | number | undefined = undefined;
  private adopted = false;
  /** Records that found no room while no batch could go: they are written when it has. */
  private late: (() => void)[] = [];
  private leaving: Promise<void> | undefined = undefined;
  private left: (() => void) | undefined = undefined;
  private burst = 0;
  private many = false;
  private readonly endBurst = (): void => {
    this.many = this.burst >= MANY_AT_ONCE;
    this.burst = 0;
  };

  constructor(
    private readonly native: NativeRuntime,
    private readonly drain: Drain,
  ) {
    this.words = new Int32Array(native.memory.records);
    this.floats = new Float64Array(native.memory.records);
    this.paths = Buffer.from(native.memory.paths);
  }

  /** Queues an op on one or two paths. `object` is the view it reads from or writes to, or what it fills. */
  byPath<T>(
    op: number,
    decode: Decode<T>,
    syscall: string,
    path: Path,
    path2: Path | undefined,
    object: object | undefined,
    flags: number,
    mode: number,
    options: number,
    length: number,
    viewOffset = 0,
  ): Pending<T> {
    const pending = new Pending(decode, syscall, path, path2);
    if (path.length > PATH_MAX || (path2 !== undefined && path2.length > PATH_MAX)) {
      pending.fail(systemError(ENAMETOOLONG, syscall, path, path2));
      return pending;
    }
    const room = this.makeRoom();
    const id = this.drain.add(pending, object);
    if (this.missedOp === op && this.missedTarget === path) {
      this.adopt(id);
    } else if (room) {
      this.writePaths(op, id, path, path2, flags, mode, options, length, viewOffset);
    } else {
      const folder = currentFolder();
      const kept = op === Op.symlink ? path : absolute(path, folder);
      const kept2 = path2 === undefined ? undefined : absolute(path2, folder);
      this.writeLater(() => this.writePaths(op, id, kept, kept2, flags, mode, options, length, viewOffset));
    }
    return pending;
  }

  /** Queues an op on a descriptor. */
  byDescriptor<T>(
    op: number,
    decode: Decode<T>,
    syscall: string,
    fd: number,
    object: object | undefined,
    flags: number,
    options: number,
    position: number,
    length: number,
    viewOffset: number,
    mode = 0,
  ): Pending<T> {
    const pending = new Pending(decode, syscall, undefined, undefined);
    const room = this.makeRoom();
    const id = this.drain.add(pending, object);
    const bits = options | layout.Option.onHandle;
    if (this.missedOp === op && this.missedTarget === fd) {
      this.adopt(id);
    } else if (room) {
      this.write(op, id, fd, flags, mode, bits, 0, 0, position, length, viewOffset);
    } else {
      this.writeLater(() => this.write(op, id, fd, flags, mode, bits, 0, 0, position, length, viewOffset));
    }
    return pending;
  }

  /**
   * Resolves when the batch of what was queued last has gone: what could be had at once has settled then. One promise
   * for all of them, where each would have had its own.
   */
  get gone(): Promise<void> {
    if (this.leaving !== undefined) return this.leaving;
    let left: (() => void) | undefined;
    const leaving = new globals.Promise<void>((resolve) => {
      left = resolve;
    });
    // A promise hook may have run meanwhile, with code that asked for one too, or sent the batch.
    if (!this.scheduled) return SETTLED;
    if (this.leaving === undefined) {
      this.leaving = leaving;
      this.left = left;
    }
    return this.leaving;
  }

  /**
   * Whether an op is better tried in its own call: one that comes alone is; of many in a tick each is cheaper with the
   * others in one system call. The last tick with such ops tells.
   */
  isAlone(): boolean {
    if (this.burst === 0) void SETTLED.then(this.endBurst);
    this.burst += 1;
    return !this.many && this.burst < MANY_AT_ONCE;
  }

  /**
   * Tries an op on a path at once, on the cached lane. True: its outcome stands first among the results. False: queue it
   * with byPath, at once and with the same arguments.
   */
  attemptPath(op: number, path: Path, flags: number, mode: number, options: number): boolean {
    if (this.isShut()) return false;
    const { words } = this;
    words[ATTEMPT_AT] = op;
    words[ATTEMPT_AT + 3] = flags;
    words[ATTEMPT_AT + 4] = mode;
    words[ATTEMPT_AT + 5] = options;
    return this.attempted(op, path, this.native.attempt(path, undefined));
  }

  /** The same for an op on a descriptor. */
  attemptDescriptor(
    op: number,
    fd: number,
    object: Uint8Array | undefined,
    options: number,
    position: number,
    length: number,
    viewOffset: number,
  ): boolean {
    if (this.isShut()) return false;
    const { words, floats } = this;
    words[ATTEMPT_AT] = op;
    words[ATTEMPT_AT + 2] = fd;
    words[ATTEMPT_AT + 5] = options | layout.Option.onHandle;
    const float = ATTEMPT_AT >> 1;
    floats[float + 5] = position;
    floats[float + 6] = length;
    floats[float + 7] = viewOffset;
    return this.attempted(op, fd, this.native.attempt(undefined, object));
  }

  private attempted(op: number, target: Path | number, object: unknown): boolean {
    const became = this.words[ATTEMPT_AT + 1];
    if (became === Attempt.done) {
      this.missedOp = -1;
      this.drain.attempted = object;
      return true;
    }
    this.missedOp = became === Attempt.missed ? op : -1;
    this.missedTarget = target;
    return false;
  }

  private adopt(id: number): void {
    this.missedOp = -1;
    this.missedTarget = undefined;
    this.adopted = true;
    this.native.adopt(id);
    this.schedule();
  }

  /** Goes at once, past the batch: the descriptor must not be nobody's in between. */
  closeHandle(fd: number, options: number, inner: object, release: () => void): Pending<undefined> {
    const pending = new Pending<undefined>(decodeNothing, 'close', undefined, undefined);
    if (this.isShut()) nextTick(() => this.closeNow(pending, fd, options, inner, release));
    else this.closeNow(pending, fd, options, inner, release);
    return pending;
  }

  private closeNow(
    pending: Pending<undefined>,
    fd: number,
    options: number,
    inner: object,
    release: () => void,
  ): void {
    this.flush();
    const id = this.drain.add(pending, undefined);
    this.drain.settle(this.native.closeHandle(id, fd, options, inner, release));
  }

  /** Asks for an op to end early. Its memory and descriptors stay until its own outcome has come. */
  cancel(pending: { readonly id: number }): void {
    if (pending.id < 0) return;
    if (this.isShut()) {
      nextTick(() => this.cancel(pending)); // its record may not have gone yet
      return;
    }
    this.flush();
    if (pending.id >= 0) this.native.cancel(pending.id);
  }

  /** From now on what is queued waits for release(): callbacks that are called tick by tick make one batch all the same. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.flush();
  }

  /** One native call for everything queued; what could be had at once is settled at once. */
  flush(): void {
    if (this.isShut()) return; // the tick that is due will flush
    this.scheduled = false;
    if (this.count > 0 || this.adopted) this.send();
    this.tellGone();
    this.writeLate();
  }

  private send(): void {
    this.adopted = false;
    if (this.relative > 0 && currentFolder() !== this.folder) this.makeAbsolute(this.count);
    const { count } = this;
    this.count = 0;
    this.pathEnd = 0;
    this.relative = 0;
    this.drain.settle(this.native.submit(count));
  }

  private tellGone(): void {
    const { left } = this;
    this.left = undefined;
    this.leaving = undefined;
    left?.();
  }

  /**
   * Whether user code is running that came in while outcomes are made or read (a promise hook, an async_hooks `init`): a
   * call into the addon would overwrite them.
   */
  private isShut(): boolean {
    return this.drain.settling || this.words[BUSY_AT] !== 0;
  }

  private writeLater(write: () => void): void {
    this.late.push(write);
    this.schedule();
  }

  private writeLate(): void {
    if (this.late.length === 0) return;
    const { late } = this;
    this.late = [];
    for (const write of late) {
      if (this.makeRoom()) write();
      else this.late.push(write);
    }
    this.flush();
  }

  /** False: there is none, and no batch can go now. */
  private makeRoom(): boolean {
    if (this.hasRoom()) return true;
    this.flush();
    return this.hasRoom();
  }

  private hasRoom(): boolean {
    if (this.words[BUSY_AT] !== 0) return false; // the addon reads the records
    // Room for two paths, and for every relative one of the batch once more with its folder in front.
    const absolute = 2 * (this.relative + 1) * (3 * this.folder.length + 1) + this.pathEnd;
    const full = this.pathEnd + PATH_ROOM + (this.relative > 0 ? absolute : 0) > PATH_BYTES;
    return this.count < MAX_RECORDS && !full;
  }

  private writePaths(
    op: number,
    id: number,
    path: Path,
    path2: Path | undefined,
    flags: number,
    mode: number,
    options: number,
    length: number,
    viewOffset: number,
  ): void {
    const first = this.writePath(path, this.pathEnd);
    const second = path2 === undefined ? 0 : this.writePath(path2, this.pathEnd + first);
    this.write(op, id, -1, flags, mode, options, first, second, -1, length, viewOffset);
    if (isRelative(path) || (path2 !== undefined && isRelative(path2))) this.noteRelative();
  }

  private writePath(path: Path, at: number): number {
    if (typeof path === 'string') return this.paths.write(path, at, 'utf8');
    this.paths.set(path, at);
    return path.length;
  }

  private write(
    op: number,
    id: number,
    fd: number,
    flags: number,
    mode: number,
    options: number,
    pathLength: number,
    path2Length: number,
    position: number,
    length: number,
    viewOffset: number,
  ): void {
    const { words, floats } = this;
    const at = this.count * RECORD_WORDS;
    words[at] = op;
    words[at + 1] = id;
    words[at + 2] = fd;
    words[at + 3] = flags;
    words[at + 4] = mode;
    words[at + 5] = options;
    words[at + 6] = this.pathEnd;
    words[at + 7] = pathLength;
    words[at + 8] = path2Length;
    const float = at >> 1;
    floats[float + 5] = position;
    floats[float + 6] = length;
    floats[float + 7] = viewOffset;
    this.pathEnd += pathLength + path2Length;
    this.count += 1;
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    nextTick(this.flushLater);
  }

  /** A relative path means the folder of this moment, even if the caller changes it before the batch goes. */
  private noteRelative(): void {
    const folder = currentFolder();
    if (this.relative > 0 && folder !== this.folder) {
      this.makeAbsolute(this.count - 1);
      this.relative = 0;
    }
    this.folder = folder;
    this.relative += 1;
  }

  /** Rewrites the relative paths of the first `count` records as paths below the folder they were made in. */
  private makeAbsolute(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const at = index * RECORD_WORDS;
      const start = this.words[at + 6] as number;
      const first = this.words[at + 7] as number;
      const second = this.words[at + 8] as number;
      if (first === 0) continue;
      const isText = this.words[at] === Op.symlink; // what a link says is not looked up now
      const path = this.paths.subarray(start, start + first);
      const a = isText ? path : absolute(path, this.folder);
      const b =
        second === 0
          ? undefined
          : absolute(this.paths.subarray(start + first, start + first + second), this.folder);
      this.words[at + 6] = this.pathEnd;
      this.words[at + 7] = this.writePath(a, this.pathEnd);
      this.words[at + 8] = b === undefined ? 0 : this.writePath(b, this.pathEnd + a.length);
      this.pathEnd += a.length + (b?.length ?? 0);
    }
  }
}

const ENAMETOOLONG = 36;
const SLASH = 0x2f;

function isRelative(path: Path): boolean {
  return (typeof path === 'string' ? path.charCodeAt(0) : path[0]) !== SLASH;
}

/** The path below the folder that it started in. */
function absolute<P extends Path>(path: P, folder: string): P | Buffer {
  if (!isRelative(path)) return path;
  // A folder that is gone holds nothing: an empty path is ENOENT whatever the folder is by now.
  return folder === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path)]);
}

/** process.cwd() throws where the folder is gone; then every relative path is ENOENT, which the kernel will say. */
function currentFolder(): string {
  try {
    return cwd();
  } catch {
    return '';
  }
}
