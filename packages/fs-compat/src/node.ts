/**
 * The running Node's own functions, taken at load: a preload may put ours in their place later, and a function that
 * calls itself never returns. They decide every case that is not plainly ours, errors of bad arguments included.
 */
import { types } from 'node:util';
import { named } from './caller.js';

import promises = require('node:fs/promises');

export const node: Readonly<typeof promises> = { ...promises };

/** Waits for one of Node's functions; an error that comes without a single frame is given the caller's. */
export async function byNode<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw types.isNativeError(error) && !/\n\s+at /.test(error.stack ?? '') ? named(error) : error;
  }
}
