/** For @ringfs/fs-compat alone: the ops without the checks and the wrapping of the public API. */

export { systemError, textOf } from './errors.js';
export type { Found, Name } from './found.js';
export { globals } from './globals.js';
// Not for fs-compat: here, so that both entry points of the package can be one file with one runtime.
export * as api from './index.js';
export * as ops from './ops/index.js';
export type { Path, Pending } from './pending.js';
export { engineNow, runtime } from './runtime.js';
export { tableOf } from './table.js';
