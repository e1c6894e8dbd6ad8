/** Counters since the runtime of this environment began; all 0 before the first op. */
import type { Counters } from '@ringfs/native';
import { runtimeIfAny } from './runtime.js';

export type Metrics = Counters;

const NOTHING: Metrics = {
  enters: 0,
  sqes: 0,
  cqes: 0,
  batches: 0,
  cachedHits: 0,
  cachedMisses: 0,
  ringOps: 0,
  blockingOps: 0,
  parkedOps: 0,
  notifications: 0,
  staleCqes: 0,
  ringErrno: 0,
  inFlight: 0,
  maxInFlight: 0,
};

/**
 * A snapshot: `enters` io_uring_enter calls, `sqes` and `cqes` of both rings, `batches` from JavaScript, `cachedHits` and
 * `cachedMisses` of the cached lane, `ringOps` and `blockingOps` finished by those lanes, `parkedOps` waits for pipes
 * and the like, `notifications` of the event loop, `staleCqes` dropped, `ringErrno` why the ring was given up while it
 * ran (0: it was not; from then on the pool does its work), `inFlight` ops now and `maxInFlight` at most.
 */
export function metrics(): Metrics {
  return runtimeIfAny()?.native.counters() ?? { ...NOTHING };
}
