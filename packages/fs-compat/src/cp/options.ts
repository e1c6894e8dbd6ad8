/** The options of cp, as far as they are plainly right. */
import { isCopyMode } from '../copy-file.js';

export type Filter = (src: string, dest: string) => unknown;

export interface CpOptions {
  dereference: boolean;
  errorOnExist: boolean;
  filter: Filter | undefined;
  force: boolean;
  preserveTimestamps: boolean;
  recursive: boolean;
  verbatimSymlinks: boolean;
  mode: number;
}

const FLAGS = {
  dereference: false,
  errorOnExist: false,
  force: true,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
};

const thrownByFilters = new WeakSet<object>();

/** An error of the caller's own: it is passed on as it is. */
export function isOfFilter(error: unknown): boolean {
  return typeof error === 'object' && error !== null && thrownByFilters.has(error);
}

function watched(filter: Filter): Filter {
  return async function (this: unknown, src, dest) {
    try {
      return await filter.call(this, src, dest);
    } catch (error) {
      if (typeof error === 'object' && error !== null) thrownByFilters.add(error);
      throw error;
    }
  };
}

/** Undefined: Node decides. */
export function asCp(given: unknown): CpOptions | undefined {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    return undefined;
  // A filter is called as a method of this: what is unknown stays in it.
  const options: Record<string, unknown> = { ...FLAGS, filter: undefined, ...(given as object) };
  const { filter } = options;
  options.mode ??= 0;
  const plain =
    Object.keys(FLAGS).every((name) => typeof options[name] === 'boolean') &&
    isCopyMode(options.mode) &&
    (filter === undefined || typeof filter === 'function') &&
    !(options.dereference && options.verbatimSymlinks);
  if (typeof filter === 'function') options.filter = watched(filter as Filter);
  return plain ? (options as unknown as CpOptions) : undefined;
}
