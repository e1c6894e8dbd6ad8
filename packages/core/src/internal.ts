/** For @ringfs/fs-compat alone: the ops without the checks and the wrapping of the public API. */
export { systemError, textOf } from './errors.js';
export type { Found, Name } from './found.js';
export * as ops from './ops/index.js';
export type { Path, Pending } from './pending.js';
export { engineNow, runtime } from './runtime.js';
export type { Handle } from './submit.js';
