/**
 * The memory that JavaScript and the addon share on the loop thread: `src/addon/records.h` is the other side, and a
 * test compares the two. The numbers of ops, options, calls and errors are those of `src/engine/job.h`.
 */

/** Records in one batch, and outcomes in one drain. */
export const MAX_RECORDS = 1024;
export const RECORD_WORDS = 16;
/** The record of an attempt that is made at once lies behind those of the batch. */
export const ATTEMPT_RECORD = MAX_RECORDS;
/**
 * Where the word stands that is not 0 while the addon makes results: user code can run then (an async_hooks `init` of a
 * handle), and must not submit.
 */
export const BUSY_AT = ATTEMPT_RECORD * RECORD_WORDS + 9;
/** What became of an attempt: stands where a record's id does. */
export const Attempt = { notTried: 0, done: 1, missed: 2 } as const;
/** Bytes for the paths of one batch. */
export const PATH_BYTES = 256 * 1024;
export const RESULT_WORDS = 4;
export const STAT_FIELDS = 18;

export const Op = {
  readFile: 0,
  writeFile: 1,
  open: 2,
  read: 3,
  write: 4,
  close: 5,
  sync: 6,
  stat: 7,
  access: 8,
  unlink: 9,
  mkdir: 10,
  rename: 11,
  truncate: 12,
  readdir: 13,
  rm: 14,
  chmod: 15,
  chown: 16,
  utimes: 17,
  link: 18,
  symlink: 19,
  readlink: 20,
  realpath: 21,
  rmdir: 22,
  statfs: 23,
  mkdtemp: 24,
  copyFile: 25,
  opendir: 26,
  readFolder: 27,
} as const;

export const Option = {
  utf8: 1 << 0,
  latin1: 1 << 1,
  flush: 1 << 2,
  cutFirst: 1 << 3,
  noFollow: 1 << 4,
  bigint: 1 << 5,
  recursive: 1 << 6,
  dataOnly: 1 << 7,
  onHandle: 1 << 8,
  wrap: 1 << 9,
  nanoseconds: 1 << 10,
  likeSource: 1 << 11,
  plainFile: 1 << 12,
  folder: 1 << 13,
} as const;

/** Flags of a readdir. */
export const Readdir = {
  types: 1 << 0,
  asFound: 1 << 1,
  throughLinks: 1 << 2,
  lastFirst: 1 << 3,
  textOnly: 1 << 4,
} as const;

/** Names of system calls as libuv gives them, by the number in an outcome. */
export const CALLS = [
  '',
  'open',
  'read',
  'write',
  'close',
  'fstat',
  'stat',
  'lstat',
  'fsync',
  'fdatasync',
  'ftruncate',
  'access',
  'unlink',
  'mkdir',
  'rename',
  'scandir',
  'chmod',
  'fchmod',
  'chown',
  'lchown',
  'fchown',
  'utime',
  'lutime',
  'futime',
  'link',
  'symlink',
  'readlink',
  'realpath',
  'rmdir',
  'statfs',
  'mkdtemp',
  'copyfile',
  'opendir',
  'readdir',
] as const;

/** In an outcome's word for the lane: the file that was opened is what Option.plainFile says. */
export const OPENED_PLAIN = 1 << 8;

/** Outcomes that are not errnos. */
export const Special = {
  tooLarge: 100_001,
  detached: 100_002,
  badRecord: 100_003,
} as const;

/** What RINGFS_LANE asks the engine to prefer. */
export const Prefer = { best: 0, cached: 1, ring: 2, blocking: 3 } as const;
