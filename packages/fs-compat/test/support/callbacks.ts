// One call of a callback function on the subject and on the oracle, and the comparison of the two.
import * as util from 'node:util';
import { bare, type FsPromises, type Prepare, type Scene, sameOutcome, subjectFs, untyped } from './subject';

import fs = require('node:fs');

// biome-ignore lint/suspicious/noExplicitAny: half of the calls are wrong on purpose
export type AnyFs = any;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type Callback = (...args: any[]) => void;
export type CallbackCall = (api: AnyFs, dir: string, callback: Callback) => unknown;

/** node:fs of the side whose promises these are. */
export const facesOf = (api: FsPromises): AnyFs => untyped(api === bare ? fs : subjectFs);

const framesOf = (value: unknown): boolean | undefined =>
  util.types.isNativeError(value) ? /\n\s+at /.test(value.stack ?? '') : undefined;

/**
 * Makes the call on both sides and compares what it returns or throws, and how its callback is called: with which
 * arguments, how many, and whether later than the call. Not as whose method: for some of Node's functions that is a
 * request of its own insides.
 */
export async function sameCallback(call: CallbackCall, scene: Scene | Prepare = {}): Promise<unknown[]> {
  const outcome = await sameOutcome((api, dir) => callOnce(facesOf(api), dir, call), {
    ...(typeof scene === 'function' ? { prepare: scene } : scene),
  });
  return (outcome.value as { args: unknown[] } | undefined)?.args ?? [outcome.error];
}

function callOnce(api: AnyFs, dir: string, call: CallbackCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let returned: unknown = 'nothing yet';
    const callback = (...args: unknown[]): void => resolve({ args, frames: args.map(framesOf), returned });
    try {
      returned = call(api, dir, callback);
    } catch (error) {
      reject(error);
    }
  });
}
