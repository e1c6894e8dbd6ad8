/** What cp leaves to the running Node: its refusals, which only it can word, and what differs from version to version. */
import { node } from '../node.js';
import type { CpOptions } from './options.js';

const major = Number(process.versions.node.split('.')[0]);

/**
 * Node 26 fills a new folder in a walk of its own, with other errors and in one request, and gives folders their times
 * too. What the versions between will do nobody knows.
 */
export const treesAreOurs: boolean = major === 20 || major === 22 || major === 24;

/** Copies by Node what the filter has let pass already. */
export function copyByNode(src: string, dest: string, options: CpOptions): Promise<void> {
  return node.cp(src, dest, { ...options, filter: passedOnce(options.filter) } as object);
}

function passedOnce(filter: CpOptions['filter']): CpOptions['filter'] {
  if (filter === undefined) return undefined;
  let passed = false;
  return function (this: unknown, src, dest) {
    if (passed) return filter.call(this, src, dest);
    passed = true;
    return true;
  };
}

/**
 * Copies by Node one entry deep in a tree whose folders are all there, from the root on: for some rules Node looks at the
 * root of the copy.
 */
export function copyFromRoot(
  root: { src: string; dest: string },
  item: string,
  options: CpOptions,
): Promise<void> {
  const leadsThere = (src: string): boolean => src === root.src || src === item || item.startsWith(`${src}/`);
  return node.cp(root.src, root.dest, { ...options, filter: leadsThere } as object);
}
