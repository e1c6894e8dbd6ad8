/**
 * The running Node's own functions, taken at load: a preload may put ours in their place later, and a function that
 * calls itself never returns. They decide every case that is not plainly ours, errors of bad arguments included.
 */
import * as promises from 'node:fs/promises';

export const node: Readonly<typeof promises> = { ...promises };
