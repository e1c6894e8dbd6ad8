/** AbortSignal: rejects at once with Node's AbortError, and asks the engine to end the op. */
import { type Handle, runtime } from '@ringfs/core/internal';

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
    for (const reject of this.#rejects) reject();
    this.#rejects.clear();
  };

  constructor(private readonly signal: AbortSignal) {}

  add(reject: () => void): void {
    if (this.#rejects.size === 0) this.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#rejects.add(reject);
  }

  remove(reject: () => void): void {
    this.#rejects.delete(reject);
    if (this.#rejects.size === 0) this.signal.removeEventListener('abort', this.#onAbort);
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
 * The op's promise, or a rejection as soon as the signal fires. The op's memory and descriptors stay with the engine
 * until its own outcome has come; a write that was aborted may have happened.
 */
export function abortable<T>(op: Handle<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return op.promise;
  const abortables = abortablesOf(signal);
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(new AbortError(signal.reason));
      runtime().submission.cancel(op.pending);
    };
    abortables.add(abort);
    // Noted in the same turn in which the op settles: an abort after that finds nothing to do.
    op.pending.onSettled = () => abortables.remove(abort);
    op.promise.then(resolve, reject);
  });
}
