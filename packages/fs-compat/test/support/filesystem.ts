// What the cached lane can do depends on the filesystem that the checkout lies on.
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Numbers of statfs(2). */
const EXT = 0xef53;
const XFS = 0x58465342;
const BTRFS = 0x9123683e;
const TMPFS = 0x01021994;

const type = fs.statfsSync(process.env.RINGFS_TEST_BASE || path.resolve(__dirname, '..')).type >>> 0;

/** Files are tried at once: on overlayfs (a container's own) and network filesystems they are not, an open may wait. */
export const triesFiles = [EXT, XFS, BTRFS, TMPFS].includes(type);
/** Links too. */
export const triesLinks = [EXT, TMPFS].includes(type);
