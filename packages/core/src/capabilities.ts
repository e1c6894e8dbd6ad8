/** What serves what here, and why. */
import { release } from 'node:os';
import { type Backend, type BackendName, backend, type LaneName } from './backend.js';

export interface Capabilities {
  backend: BackendName;
  /** Why this backend, in words for a person. */
  reason: string;
  /** Kernel release, as `uname -r` prints it. */
  kernel: string;
  /** Names of the io_uring opcodes that the engine uses and this kernel has. */
  opcodes: string[];
  /** For each op the lanes that can serve it, in the order in which they are asked. */
  lanes: Record<string, string[]>;
  /** What RINGFS_LANE prefers. */
  preferredLane: LaneName | null;
  /** Whether the ring runs with SINGLE_ISSUER | DEFER_TASKRUN (Linux 6.1). */
  deferTaskrun: boolean;
}

/** Opcodes of the engine by their number in the kernel's ABI (linux/io_uring.h). */
const OPCODES: Record<number, string> = {
  0: 'NOP',
  3: 'FSYNC',
  6: 'POLL_ADD',
  14: 'ASYNC_CANCEL',
  18: 'OPENAT',
  19: 'CLOSE',
  21: 'STATX',
  22: 'READ',
  23: 'WRITE',
  28: 'OPENAT2',
  35: 'RENAMEAT',
  36: 'UNLINKAT',
  37: 'MKDIRAT',
  38: 'SYMLINKAT',
  39: 'LINKAT',
  54: 'FIXED_FD_INSTALL',
  55: 'FTRUNCATE',
};

/** The lanes of each op with nothing forced, on io_uring. `unlink`, `mkdir` and `rmdir` are cached on tmpfs alone. */
const LANES: Record<string, LaneName[]> = {
  readFile: ['cached', 'ring', 'blocking'],
  writeFile: ['blocking'],
  'writeFile with flush': ['ring', 'blocking'],
  open: ['cached', 'blocking'],
  read: ['cached', 'ring', 'blocking'],
  write: ['blocking'],
  close: ['cached', 'blocking'],
  sync: ['ring', 'blocking'],
  stat: ['cached', 'blocking'],
  access: ['cached', 'blocking'],
  unlink: ['cached', 'blocking'],
  mkdir: ['cached', 'blocking'],
  rename: ['blocking'],
  truncate: ['blocking'],
  readdir: ['blocking'],
  rm: ['blocking'],
  chmod: ['blocking'],
  chown: ['blocking'],
  utimes: ['blocking'],
  link: ['blocking'],
  symlink: ['blocking'],
  readlink: ['cached', 'blocking'],
  realpath: ['cached', 'blocking'],
  rmdir: ['cached', 'blocking'],
  statfs: ['blocking'],
  mkdtemp: ['blocking'],
  copyFile: ['blocking'],
  cp: ['cached', 'blocking'],
  opendir: ['cached', 'blocking'],
  readFolder: ['blocking'],
};

/**
 * Looks, and starts nothing.
 * @throws ERR_RINGFS_BACKEND if RINGFS_BACKEND or RINGFS_LANE asks for what is not to be had
 */
export function capabilities(): Capabilities {
  const found = backend();
  return {
    backend: found.name,
    reason: found.reason,
    kernel: release(),
    opcodes: found.name === 'io_uring' ? opcodeNames(found) : [],
    lanes: Object.fromEntries(Object.entries(LANES).map(([op, lanes]) => [op, lanesOn(found.name, lanes)])),
    preferredLane: found.lane,
    deferTaskrun: found.name === 'io_uring' && found.probe?.deferTaskrun === true,
  };
}

function opcodeNames(found: Backend): string[] {
  const names = (found.probe?.opcodes ?? []).map((number) => OPCODES[number]);
  return names.filter((name) => name !== undefined);
}

function lanesOn(name: BackendName, lanes: LaneName[]): string[] {
  if (name === 'node') return ['node'];
  return name === 'io_uring' ? lanes : lanes.filter((lane) => lane !== 'ring');
}
