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
  /** Not the answer for good: descriptors or memory were missing for a better one, and the next call asks again. */
  passing: boolean;
  /** RINGFS_BACKEND asks for it: no other one may take its place. */
  forced: boolean;
}

type Found = Omit<Backend, 'lane' | 'forced'>;

const BACKENDS: readonly string[] = ['io_uring', 'threads', 'node'];
const LANES: readonly string[] = ['cached', 'ring', 'blocking'];

let chosen: Backend | Error | undefined;

/**
 * The backend in use.
 * @throws ERR_RINGFS_BACKEND if RINGFS_BACKEND or RINGFS_LANE asks for what is not to be had: never a silent other one.
 */
export function backend(): Backend {
  let answer = chosen;
  if (answer === undefined) {
    const asked = process.env.RINGFS_BACKEND || undefined;
    const lane = process.env.RINGFS_LANE || undefined;
    // What is no word of ours is told before anything is asked of the kernel.
    const wrong = unknown('RINGFS_BACKEND', asked, BACKENDS) ?? unknown('RINGFS_LANE', lane, LANES);
    const found = wrong ?? find(asked);
    answer = found instanceof Error ? found : judge(found, asked, lane);
    if (found instanceof Error || !found.passing) chosen = answer;
  }
  if (answer instanceof Error) throw answer;
  return answer;
}

function unknown(name: string, value: string | undefined, known: readonly string[]): Error | undefined {
  if (value === undefined || known.includes(value)) return undefined;
  return refused(`${name}=${value} is not one of ${known.join(', ')}`);
}

function judge(found: Found, asked: string | undefined, lane: string | undefined): Backend | Error {
  if (asked !== undefined && found.name !== asked) {
    return refused(`RINGFS_BACKEND=${asked} cannot be had here: ${found.reason}`);
  }
  if (lane === 'ring' && found.name !== 'io_uring') {
    return refused(`RINGFS_LANE=ring needs the io_uring backend; this is ${found.name}: ${found.reason}`);
  }
  return { ...found, lane: (lane as LaneName | undefined) ?? null, forced: asked !== undefined };
}

function find(wanted: string | undefined): Found {
  const none = { name: 'node', addon: null, probe: null, passing: false } as const;
  if (wanted === 'node') return { ...none, reason: 'RINGFS_BACKEND=node' };
  // Node checks permissions in its own binding; going round it would be a hole.
  if ('permission' in process && process.permission !== undefined) {
    return { ...none, reason: "Node's permission model is on: only Node's own fs honours it" };
  }
  const loaded = load();
  if (loaded.addon === null) return { ...none, reason: loaded.reason, passing: loaded.passing };
  const { addon } = loaded;
  const some = { addon, probe: null, passing: false };
  // Not even asked for where it is not wanted: a seccomp profile may kill on the question.
  if (wanted === 'threads') return { ...some, name: 'threads', reason: 'RINGFS_BACKEND=threads' };
  const probe = addon.probe();
  if (probe.hasRing) return { ...some, name: 'io_uring', reason: 'io_uring is available', probe };
  const reason = `${probe.call}: ${describeRefusal(probe.errno)}`;
  // Nor has a runtime the few descriptors that it needs: these calls are Node's.
  if (isExhausted(probe.errno)) return { ...none, reason, passing: true };
  return { ...some, name: 'threads', reason, probe };
}

function isExhausted(errno: number): boolean {
  return ['EMFILE', 'ENFILE'].includes(errnoName(errno));
}

function describeRefusal(errno: number): string {
  const name = errnoName(errno);
  const causes: Record<string, string> = {
    EPERM: 'blocked by a seccomp profile (Docker does so by default) or by sysctl kernel.io_uring_disabled',
    ENOSYS: 'this kernel has no io_uring, or a seccomp profile hides it',
    ENOMEM: 'no memory left for a ring (before Linux 5.12: RLIMIT_MEMLOCK)',
    EMFILE: 'no descriptor left for a ring just now; the next call asks again',
    ENFILE: 'no descriptor left on this machine for a ring just now; the next call asks again',
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
