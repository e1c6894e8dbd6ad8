/**
 * The running Node's own functions, taken at load: a preload may put ours in their place later, and a function that
 * calls itself never returns. They decide every case that is not plainly ours, errors of bad arguments included.
 */
import { types } from 'node:util';
import { named } from './caller.js';

import fs = require('node:fs');
import promises = require('node:fs/promises');

export const node: Readonly<typeof promises> = { ...promises };

/** The properties of node:fs, with its getters unasked: some of them load a module, and some warn of deprecation. */
export const nodeProperties = Object.getOwnPropertyDescriptors(fs);

/** Its functions. */
export const nodeFs = Object.fromEntries(
  Object.entries(nodeProperties).map(([name, { value }]) => [name, value]),
) as Readonly<Omit<typeof fs, Lazy>>;

/** What getters give, on some Nodes at least. */
type Lazy =
  | 'promises'
  | 'ReadStream'
  | 'WriteStream'
  | 'Dir'
  | 'opendir'
  | 'opendirSync'
  | 'constants'
  | 'F_OK'
  | 'R_OK'
  | 'W_OK'
  | 'X_OK';

/** Waits for one of Node's functions; an error that comes without a single frame is given the caller's. */
export async function byNode<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw types.isNativeError(error) && !/\n\s+at /.test(error.stack ?? '') ? named(error) : error;
  }
}

/** Node's own failure at `work`, or `otherwise` if it does not fail: for errors whose very stack is Node's to word. */
export async function failureOf(work: () => Promise<unknown>, otherwise: unknown): Promise<unknown> {
  try {
    await work();
    return otherwise;
  } catch (error) {
    return error;
  }
}

/** Of a file of 2 GiB and more: Node's error has the code in the first line of its stack as well. */
export function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE';
}
