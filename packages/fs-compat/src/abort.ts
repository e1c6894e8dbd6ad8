/**
 * AbortSignal: rejects at once with Node's AbortError, and asks the engine to end the op. What has happened is what
 * `signal.aborted` says, as for Node, which looks there between its steps: of the event a program may tell us without
 * an abort, or keep it from us. So it only tells us when to look, and the end of the op is a time to look too.
 */
import { globals, type Pending, runtime } from '@ringfs/core/internal';

const { apply } = Reflect;
/** A signal's own may be anybody's by now; Node asks nothing of a signal but its state. */
const { addEventListener, removeEventListener } = EventTarget.prototype;

/** As Node's own, which is not exported. */
class AbortError extends Error {
  code = 'ABORT_ERR';

  constructor(reason: unknown) {
    super('The operation was aborted', { cause: reason });
    this.name = 'AbortError';
  }
}

/** What one signal can still abort. One listener serves them all: many calls may share a signal. */
class Abortables {
  readonly #rejects = new Set<() => void>();
  readonly #onAbort = (): void => {
    if (!this.signal.aborted) return;
    for (const reject of this.#rejects) reject();
    this.#rejects.clear();
    this.#listen(false);
  };

  constructor(private readonly signal: AbortSignal) {}

  add(reject: () => void): void {
    if (this.#rejects.size === 0) this.#listen(true);
    this.#rejects.add(reject);
  }

  remove(reject: () => void): void {
    this.#rejects.delete(reject);
    if (this.#rejects.size === 0) this.#listen(false);
  }

  #listen(on: boolean): void {
    apply(on ? addEventListener : removeEventListener, this.signal, ['abort', this.#onAbort]);
  }
}

const known = new WeakMap<AbortSignal, Abortables>();

function abortablesOf(signal: AbortSignal): Abortables {
  const there = known.get(signal);
  if (there !== undefined) return there;
  const made = new Abortables(signal);
  known.set(signal, made);
  return made;
}

/**
 * A read's promise, or a rejection as soon as the signal fires. The op's memory and descriptors stay with the engine
 * until its own outcome has come.
 */
export function abortableRead<T>(begin: () => Pending<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return begin().promise;
  if (signal.aborted) return globals.Promise.reject(new AbortError(signal.reason));
  const op = begin();
  return new globals.Promise<T>((resolve, reject) => {
    const rejectAborted = (): void => reject(new AbortError(signal.reason));
    onAbort(op, signal, rejectAborted);
    op.promise.then((value) => (signal.aborted ? rejectAborted() : resolve(value)), reject);
  });
}

/**
 * A write's promise; once the signal has fired, a rejection as soon as the write has come to its end. Not before: a
 * caller who goes on to write the same file must not meet what is left of the aborted write, the cut behind its last
 * byte least of all. It may have been written as a whole, as in Node.
 */
export async function abortableWrite<T>(begin: () => Pending<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return begin().promise;
  // It may have fired while the op waited for its turn on a handle.
  if (signal.aborted) throw new AbortError(signal.reason);
  const op = begin();
  let heard = false;
  onAbort(op, signal, () => {
    heard = true;
  });
  try {
    const value = await op.promise;
    if (!signal.aborted) return value;
  } catch (error) {
    // Once the abort has been heard of, it is what the caller hears, whatever became of the write.
    if (!heard) throw error;
  }
  throw new AbortError(signal.reason);
}

/** Calls back if the signal fires while the op is in flight, and asks the engine to end it. */
function onAbort(
  op: { readonly id: number; onSettled: (() => void) | undefined },
  signal: AbortSignal,
  fired: () => void,
): void {
  const abortables = abortablesOf(signal);
  const abort = (): void => {
    fired();
    runtime().submission.cancel(op);
  };
  abortables.add(abort);
  // Noted in the same turn in which the op settles: an abort after that finds nothing to do.
  op.onSettled = () => abortables.remove(abort);
}
