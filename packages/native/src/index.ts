/**
 * The only file that loads the addon, and its typed face. Everything above it is TypeScript.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export * as layout from './layout.js';

/** What the kernel answered when asked for io_uring: once per process, again only where descriptors were missing. */
export interface KernelProbe {
  hasRing: boolean;
  /** Positive errno of the call that refused, or 0. */
  errno: number;
  /** The call that refused, or ''. */
  call: string;
  /** SINGLE_ISSUER | DEFER_TASKRUN (Linux 6.1). */
  deferTaskrun: boolean;
  /** Numbers of the opcodes that this kernel has. */
  opcodes: number[];
}

/** The memory shared with one runtime; see layout.ts. */
export interface SharedMemory {
  records: ArrayBuffer;
  paths: ArrayBuffer;
  results: ArrayBuffer;
  values: ArrayBuffer;
  stats: ArrayBuffer;
}

/** Counters since the runtime began. */
export interface Counters {
  enters: number;
  sqes: number;
  cqes: number;
  batches: number;
  cachedHits: number;
  cachedMisses: number;
  ringOps: number;
  blockingOps: number;
  parkedOps: number;
  notifications: number;
  staleCqes: number;
  ringErrno: number;
  inFlight: number;
  maxInFlight: number;
}

export interface NativeRuntime {
  readonly memory: SharedMemory;
  /** Takes the first `count` records; returns how many outcomes can be read at once. */
  submit(count: number): number;
  /**
   * Makes one attempt at the op of the attempt's record, on the cached lane, in this call. Returns the op's object if it
   * has one; the record's id holds an `Attempt` (layout.ts), and the outcome of a done one stands first among the results.
   */
  attempt(path: string | Uint8Array | undefined, view: Uint8Array | undefined): unknown;
  /** Takes in the op that the last attempt has missed, as op `id`: it goes with the next batch. */
  adopt(id: number): void;
  /**
   * A path that nobody but this environment has a reason to open. If Node's own open of it is cut off by the end of the
   * environment, its descriptor is found by this path and closed. Call samplePathDone() when it has been closed.
   */
  samplePath(): string;
  samplePathDone(): void;
  /** Whether the file of a descriptor has a position of its own; pipes, sockets and terminals have none. Asks no server. */
  hasPosition(fd: number): boolean;
  /** The class of Node's inner file handles: what an open with `wrap` results in. */
  setHandleClass(inner: new (fd: number) => object): void;
  /**
   * Takes the descriptor out of one of Node's inner handles and closes it as op `id`, with no JavaScript in between:
   * a worker can be terminated at any moment, and the descriptor is always somebody's. Returns as submit() does.
   */
  closeHandle(id: number, fd: number, options: number, inner: object, release: () => void): number;
  /**
   * The next `count` names of an open folder, and what more came with them, into `found`: as readFolder brings them, but
   * in this call, whatever it waits for. Returns a positive errno, or 0.
   */
  readFolder(folder: number, count: number, options: number, found: object): number;
  /** Closes an open folder in this call. */
  closeFolder(folder: number): void;
  /** Asks for an op to end early; its outcome still comes, once. */
  cancel(id: number): void;
  counters(): Counters;
}

export interface Addon {
  probe(): KernelProbe;
  Runtime: new (
    useRing: boolean,
    prefer: number,
    objects: unknown[],
    onDrain: (count: number) => void,
    /** Appends to `list`: the names of a readdir come many at a time. */
    collect: (list: unknown[], ...names: unknown[]) => void,
  ) => NativeRuntime;
}

/** The addon, or why there is none. */
export type Loaded =
  | { addon: Addon; path: string }
  /** `passing`: for want of a descriptor; the next call may find it. */
  | { addon: null; reason: string; passing: boolean };

const PLACES = [join(__dirname, '..', 'build', 'Release', 'ringfs.node')];

let loaded: Loaded | undefined;

/** Loads the addon once. Never throws: a machine without it is an ordinary case. */
export function load(): Loaded {
  if (loaded !== undefined) return loaded;
  const found = tryToLoad();
  if (found.addon !== null || !found.passing) loaded = found;
  return found;
}

function tryToLoad(): Loaded {
  if (process.platform !== 'linux') {
    return { addon: null, reason: `io_uring is Linux only; this is ${process.platform}`, passing: false };
  }
  const place = PLACES.find((path) => existsSync(path));
  if (place === undefined) {
    return {
      addon: null,
      reason: `the addon is not built; looked for ${PLACES.join(', ')}. Build it with: npm run build`,
      passing: false,
    };
  }
  try {
    return { addon: require(place) as Addon, path: place };
  } catch (error) {
    const { message } = error as Error;
    // The dynamic linker says it in words only (strerror(3) of EMFILE and ENFILE in the C locale, which Node keeps).
    const passing = /Too many open files/.test(message);
    return { addon: null, reason: `the addon could not be loaded: ${message}`, passing };
  }
}
