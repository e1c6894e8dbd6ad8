/** Chooses who does the work here: once, at the first op or the first question, and says why. */
import { type Addon, type KernelProbe, layout, load } from '@ringfs/native';

export type BackendName = 'io_uring' | 'threads' | 'node';
export type LaneName = 'cached' | 'ring' | 'blocking';

export interface Backend {
  name: BackendName;
  /** Why this one, in words for a person. */
  reason: string;
  /** Null for the `node` backend. */
  addon: Addon | null;
  probe: KernelProbe | null;
  /** What RINGFS_LANE prefers, if anything. */
  lane: LaneName | null;
}

const BACKENDS: readonly string[] = ['io_uring', 'threads', 'node'];
const LANES: readonly string[] = ['cached', 'ring', 'blocking'];

let chosen: Backend | Error | undefined;

/**
 * The backend in use.
 * @throws ERR_RINGFS_BACKEND if RINGFS_BACKEND or RINGFS_LANE asks for what is not to be had: never a silent other one.
 */
export function backend(): Backend {
  if (chosen === undefined) {
    try {
      chosen = choose(process.env.RINGFS_BACKEND, process.env.RINGFS_LANE);
    } catch (error) {
      chosen = error as Error;
    }
  }
  if (chosen instanceof Error) throw chosen;
  return chosen;
}

function choose(forced: string | undefined, lane: string | undefined): Backend {
  const wanted = forced === '' ? undefined : forced;
  const preferred = lane === '' ? undefined : lane;
  if (wanted !== undefined && !BACKENDS.includes(wanted)) {
    throw refused(`RINGFS_BACKEND=${wanted} is not one of ${BACKENDS.join(', ')}`);
  }
  if (preferred !== undefined && !LANES.includes(preferred)) {
    throw refused(`RINGFS_LANE=${preferred} is not one of ${LANES.join(', ')}`);
  }
  const found = find(wanted as BackendName | undefined);
  if (wanted !== undefined && found.name !== wanted) {
    throw refused(`RINGFS_BACKEND=${wanted} cannot be had here: ${found.reason}`);
  }
  if (preferred === 'ring' && found.name !== 'io_uring') {
    throw refused(`RINGFS_LANE=ring needs the io_uring backend; this is ${found.name}: ${found.reason}`);
  }
  return { ...found, lane: (preferred as LaneName | undefined) ?? null };
}

function find(wanted: BackendName | undefined): Omit<Backend, 'lane'> {
  const none = { name: 'node', addon: null, probe: null } as const;
  if (wanted === 'node') return { ...none, reason: 'RINGFS_BACKEND=node' };
  // Node checks permissions in its own binding; going round it would be a hole.
  if ('permission' in process && process.permission !== undefined) {
    return { ...none, reason: "Node's permission model is on: only Node's own fs honours it" };
  }
  const loaded = load();
  if (loaded.addon === null) return { ...none, reason: loaded.reason };
  const { addon } = loaded;
  // Not even asked for where it is not wanted: a seccomp profile may kill on the question.
  if (wanted === 'threads') return { name: 'threads', reason: 'RINGFS_BACKEND=threads', addon, probe: null };
  const probe = addon.probe();
  if (probe.hasRing) return { name: 'io_uring', reason: 'io_uring is available', addon, probe };
  return { name: 'threads', reason: `${probe.call}: ${describeRefusal(probe.errno)}`, addon, probe };
}

function describeRefusal(errno: number): string {
  const name = errnoName(errno);
  const causes: Record<string, string> = {
    EPERM: 'blocked by a seccomp profile (Docker does so by default) or by sysctl kernel.io_uring_disabled',
    ENOSYS: 'this kernel has no io_uring, or a seccomp profile hides it',
    ENOMEM: 'no memory left for a ring (before Linux 5.12: RLIMIT_MEMLOCK)',
    EMFILE: 'no descriptor left for a ring',
  };
  return causes[name] === undefined ? name : `${name}, ${causes[name]}`;
}

function errnoName(errno: number): string {
  const { getSystemErrorName } = require('node:util') as typeof import('node:util');
  return getSystemErrorName(-errno);
}

function refused(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_RINGFS_BACKEND' });
}

/** The number the engine knows a preferred lane by. */
export function preferenceOf(lane: LaneName | null): number {
  return layout.Prefer[lane ?? 'best'];
}
