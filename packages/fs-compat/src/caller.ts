import { types } from 'node:util';

/** Errors that name their caller: the engine has no JavaScript frames, so the stack is taken where the promise is. */

/** Gives `error` the stack of the async function this is called in, with the `at async` frames of its callers. */
export function named(error: unknown): unknown {
  if (types.isNativeError(error)) Error.captureStackTrace(error, named);
  return error;
}
