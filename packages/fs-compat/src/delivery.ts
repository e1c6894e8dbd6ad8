/**
 * How callbacks are called: each on a stack of its own, outside any promise, so that what one throws is an uncaught
 * exception; and one after the other, so that the ticks and microtasks of one have run before the next begins, as
 * Node's own calls have it. The async context is that of the call: both a promise's reaction and a tick keep it.
 */
import { globals, runtime } from '@ringfs/core/internal';

type Callback = (...args: unknown[]) => unknown;

const nextTick = process.nextTick;

const resolved = Promise.resolve();

let busy = false;
/** Those that wait for their turn, from `first` on. */
let waiting: (() => void)[] = [];
let first = 0;

/** To be called in a reaction of the op's promise. */
export function deliver(callback: Callback, ...args: unknown[]): void {
  if (!busy) {
    busy = true;
    // What the callbacks begin goes in one batch when all have been called: each has ticks of its own.
    runtime().submission.hold();
    nextTick(call, callback, args);
    return;
  }
  // A promise keeps the async context until its turn has come.
  const turn = new globals.Promise<void>((resolve) => waiting.push(resolve));
  void turn.then(() => nextTick(call, callback, args));
}

function call(callback: Callback, args: unknown[]): void {
  try {
    callback(...args);
  } finally {
    // Behind the microtasks that the callback has made; its ticks run before those.
    void resolved.then(letNextGo);
  }
}

function letNextGo(): void {
  const next = waiting[first];
  if (next !== undefined) {
    first += 1;
    next();
    return;
  }
  busy = false;
  waiting = [];
  first = 0;
  runtime().submission.release();
}
