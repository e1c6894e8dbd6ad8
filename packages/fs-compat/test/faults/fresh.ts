// A runtime of its own for each try, over the addon with the fault plan: what an earlier fault has taught one (a ring given
// up, an opcode not asked for again) would hide the next.
import * as fs from 'node:fs';

import Module = require('node:module');

import * as path from 'node:path';
import type { Core, Faces, Promises } from './cases';
import type { Faults } from './plan';

const native = path.resolve(__dirname, '../../../native');
const product = path.join(native, 'build/Release/ringfs.node');
const withFaults = path.join(native, 'build/faults/ringfs.node');

const OURS = /[\\/]packages[\\/](?:fs-compat|core|native)[\\/](?:bundle|dist)[\\/]/;

/** From here on whoever loads the addon gets the other one. */
export function loadFaults(): Faults {
  const addon = require(withFaults) as { faults: Faults };
  const stand = new Module(product);
  stand.filename = product;
  stand.exports = addon;
  stand.loaded = true;
  require.cache[product] = stand;
  return addon.faults;
}

/** Lets go of what was loaded, so that it can be collected. */
export function forget(): void {
  for (const file of Object.keys(require.cache)) if (OURS.test(file)) delete require.cache[file];
  module.children.length = 0;
}

/** ringfs loaded anew. */
export function fresh(): Faces {
  forget();
  return {
    promises: require('@ringfs/fs-compat/promises') as Promises,
    callbacks: require('@ringfs/fs-compat') as typeof fs,
    core: require('@ringfs/core') as Core,
  };
}

export interface Held {
  descriptors: number;
  threads: number;
  blocks: number;
}

export function held(faults: Faults): Held {
  return {
    descriptors: fs.readdirSync('/proc/self/fd').length,
    threads: fs.readdirSync('/proc/self/task').length,
    blocks: faults.liveBlocks(),
  };
}

const PATIENCE_MS = 3000;
/** At the least: a machine may stand still for longer than that. */
const LOOKS = 30;

/** What of `before` is exceeded once everything that was dropped is collected; '' if nothing. */
export async function leftOver(faults: Faults, before: Held): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let looks = 1; ; looks++) {
    (globalThis as unknown as { gc(): void }).gc();
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    const now = held(faults);
    const more = (Object.keys(before) as (keyof Held)[]).filter((what) => now[what] > before[what]);
    if (more.length === 0) return '';
    if (Date.now() > deadline && looks >= LOOKS)
      return more.map((what) => `${now[what] - before[what]} ${what} left`).join(', ');
  }
}
