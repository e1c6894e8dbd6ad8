/** What a readdir brings: the addon fills it, the names many at a time. */

/** Strings, or Buffers where bytes were asked for. */
export type Name = string | Buffer;

export class Found {
  readonly names: Name[] = [];
  /** With kinds: for each name a number of libuv's UV_DIRENT_T, which is what fs.Dirent is made with. */
  kinds: ArrayBuffer | undefined = undefined;
  /** Of a tree, with kinds: the folders in the order they were read, the first one '', and how many names each has. */
  readonly folders: Name[] = [];
  counts: ArrayBuffer | undefined = undefined;
}

/** Called by the addon. The array of a rest parameter would cost as much again as all else. */
export function collect(list: unknown[]): void {
  // biome-ignore lint/complexity/noArguments: see above
  for (let i = 1; i < arguments.length; i += 1) list.push(arguments[i]);
}
