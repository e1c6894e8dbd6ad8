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

/**
 * The op's promise, or a rejection as soon as the signal fires. The op's memory and descriptors stay with the engine
 * until its own outcome has come; a write that was aborted may have happened.
 */
export function abortable<T>(op: Handle<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return op.promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(new AbortError(signal.reason));
      runtime().submission.cancel(op.pending);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const done = (): void => signal.removeEventListener('abort', onAbort);
    op.promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error as Error);
      },
    );
  });
}
