/** Errors that name their caller: the engine has no JavaScript frames, so the stack is taken where the promise is. */
import { types } from 'node:util';

/** As it is at load: whatever is put in its place later, an op fails with its own error. */
export const { captureStackTrace } = Error;

/** Gives `error` the stack of the async function this is called in, with the `at async` frames of its callers. */
export function named(error: unknown): unknown {
  if (types.isNativeError(error)) captureStackTrace(error, named);
  return error;
}

/**
 * The same for `throw await atCaller(error)`: that function too shows as `at async`, as Node's own do. The stack is taken
 * while it waits.
 */
export async function atCaller(error: unknown): Promise<unknown> {
  await undefined;
  if (types.isNativeError(error)) captureStackTrace(error, atCaller);
  return error;
}
