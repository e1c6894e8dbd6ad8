// What goes wrong: the points, manners and plans of native/test/engine/fault_plan.h, by their numbers there.
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

export const Point = {
  call: 0,
  memory: 1,
  thread: 2,
  setUp: 3,
  register: 4,
  enter: 5,
  sqe: 6,
  notify: 7,
} as const;
export type Point = keyof typeof Point;

export const Manner = {
  fails: 0,
  short: 1,
  almost: 2,
  delayed: 3,
  doubled: 4,
  hangs: 5,
  reordered: 6,
  met: 7,
} as const;
export type Manner = keyof typeof Manner;

export interface Plan {
  point: Point;
  manner: Manner;
  /** Of `fails`: a positive errno. */
  error: number;
  forGood: boolean;
  /** How many in a row. */
  times: number;
}

/** The addon with the fault plan (native/test/faults/addon_faults.cc). */
export interface Faults {
  arm(point: number, manner: number, error: number, nth: number, forGood: boolean, times: number): void;
  /** How often it has struck. */
  disarm(): number;
  isMet(): boolean;
  goOn(): void;
  canSpoilSqes(): boolean;
  liveBlocks(): number;
}

const { errno } = constants;
const { EIO, EINTR, EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EPERM, EINVAL, ENOSYS, EBUSY, EXDEV } =
  errno;
const { EOPNOTSUPP, ECANCELED } = errno;
/** ERESTARTSYS: the kernel's own, and never to be seen. */
const RESTART = 512;

function failing(point: Point, errors: number[], more: Partial<Plan> = {}): Plan[] {
  return errors.map((error) => ({ point, manner: 'fails', error, forGood: false, times: 1, ...more }));
}

function of(point: Point, manner: Manner, forGood = false): Plan {
  return { point, manner, error: 0, forGood, times: 1 };
}

const ANYWHERE: Plan[] = [
  ...failing('call', [EIO, EINTR, EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EPERM, EINVAL, ENOSYS]),
  ...failing('call', [EIO, ENOMEM], { forGood: true }),
  ...failing('call', [EXDEV], { times: 2 }),
  of('call', 'short'),
  of('call', 'short', true),
  of('call', 'almost'),
  ...failing('memory', [ENOMEM]),
  ...failing('memory', [ENOMEM], { forGood: true }),
  ...failing('thread', [EAGAIN]),
  ...failing('thread', [EAGAIN], { forGood: true }),
  ...failing('notify', [EINTR]),
  of('notify', 'delayed'),
  of('notify', 'doubled'),
];

const ON_A_RING: Plan[] = [
  ...failing('setUp', [ENOMEM, EMFILE, EPERM]),
  ...failing('setUp', [EPERM], { forGood: true }),
  ...failing('register', [ENOMEM, EINVAL]),
  ...failing('register', [EINVAL], { forGood: true }),
  ...failing('enter', [EINTR, EAGAIN, EBUSY, ENOMEM, EPERM]),
  ...failing('enter', [EPERM], { forGood: true }),
  of('enter', 'reordered', true),
];

const REQUESTS: Plan[] = [
  ...failing('sqe', [EIO, EINTR, EAGAIN, ENOMEM, EINVAL, EPERM, EOPNOTSUPP, ECANCELED, RESTART]),
  ...failing('sqe', [EIO], { forGood: true }),
  of('sqe', 'short'),
  of('sqe', 'short', true),
  of('sqe', 'almost'),
  of('sqe', 'doubled'),
];

/** With a call that can be called off: the cancel comes amid a system call or a submission, or to a request that hangs. */
const CANCELS: Plan[] = [of('call', 'met')];
const CANCELS_ON_A_RING: Plan[] = [of('enter', 'met')];
const CANCELS_OF_REQUESTS: Plan[] = [of('sqe', 'hangs')];

export const isCancel = ({ manner }: Plan): boolean => manner === 'met' || manner === 'hangs';

/** Everything that can go wrong on a backend. */
export function plansFor(ring: boolean, canSpoilSqes: boolean): Plan[] {
  const onRing = ring ? [...ON_A_RING, ...CANCELS_ON_A_RING] : [];
  const requests = ring && canSpoilSqes ? [...REQUESTS, ...CANCELS_OF_REQUESTS] : [];
  return [...ANYWHERE, ...CANCELS, ...onRing, ...requests];
}

const nameOf = (error: number): string => (error === RESTART ? '512' : getSystemErrorName(-error));

export function describePlan({ point, manner, error, forGood, times }: Plan, nth: number): string {
  const how = manner === 'fails' ? nameOf(error) : manner;
  return `${point} ${nth} ${how}${forGood ? ', for good' : times > 1 ? `, ${times} in a row` : ', once'}`;
}

/** The codes of errors that may come of it. */
export function mayTell({ point, manner, error }: Plan, forced: boolean): string[] {
  if (manner === 'met' || manner === 'hangs') return ['ABORT_ERR'];
  if (manner !== 'fails') return [];
  // A forced backend that cannot be started says so; one that is not goes to Node.
  const start = forced ? ['ERR_RINGFS_START'] : [];
  if (point === 'memory') return ['ENOMEM', ...start];
  if (point === 'thread') return ['EAGAIN', ...start];
  // A ring given up amid an op that cannot be repeated.
  if (point === 'enter') return ['EIO'];
  if (point === 'setUp' || point === 'register') return [];
  return [error === RESTART ? 'EINTR' : nameOf(error), ...start];
}
