// What a program must not do, whatever it was put together from: leave its folder, read a pipe that nobody writes,
// or take gigabytes of memory. Such a call is left out, on both sides alike.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isTagged, type Tagged, type Value } from './values';
import { LARGE } from './world';

/** Read them by all means; they are not ours to change. */
const OUTSIDE = new Set(['/proc/version', '/proc/filesystems', '/dev/null']);
const CHANGING = new Set(['chmod', 'chown', 'utimes']);
const LOOKING = new Set(['access', 'lstat', 'open', 'readFile', 'readlink', 'realpath', 'stat', 'statfs']);
/** They open what they are given, and an open pipe waits. */
const OPENING = new Set(['appendFile', 'copyFile', 'open', 'opendir', 'readFile', 'truncate', 'writeFile']);
/** They read as much as there is. */
const READING = new Set(['copyFile', 'readFile']);
/** They may go through everything below. */
const DEEP = new Set(['cp', 'glob', 'readdir', 'rm', 'opendir']);
/** They would take the folder away, or give it away. */
const MOVING = new Set([
  'rename',
  'rm',
  'rmdir',
  'unlink',
  'cp',
  'chmod',
  'chown',
  'lchown',
  'symlink',
  'link',
]);

/** Whether this call may be made now. `home` is what it must stay in, `folder` the twin. */
export function allowed(call: string, args: Value[], home: string, folder: string): boolean {
  if (call === 'cp' && args.length > 1 && failsTwice(args[0] as Value, args[1] as Value, folder))
    return false;
  return args.every((arg) => !isTagged(arg) || arg.$ !== 'path' || allowedPath(call, arg, home, folder));
}

/** cp looks at both its paths at once: which of two failures Node tells of is chance. */
function failsTwice(src: Value, dest: Value, folder: string): boolean {
  const failures = [src, dest].map((arg) => {
    if (!isTagged(arg) || arg.$ !== 'path') return [];
    const file = arg.at.startsWith('/') ? arg.at : `${folder}/${arg.at}`;
    return [fs.lstatSync, fs.statSync].map((look) => failureOf(() => look(file)));
  });
  const [ofSrc, ofDest] = failures as [string[], string[]];
  return ofSrc.some((code) => code !== '') && ofDest.some((code) => code !== '' && code !== 'ENOENT');
}

function failureOf(look: () => unknown): string {
  try {
    look();
    return '';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function allowedPath(call: string, arg: Tagged & { $: 'path' }, home: string, folder: string): boolean {
  if (arg.at.includes('\0') || arg.at.length > 4096) return true; // no function gets any further with it
  if (OUTSIDE.has(arg.at)) return LOOKING.has(call);
  const file = path.resolve(folder, arg.at);
  const parent = real(path.dirname(file));
  const itself = path.join(parent, path.basename(file));
  const target = real(file);
  if (!inside(itself, home) || !inside(target, home)) return false;
  if (MOVING.has(call) && (folder.startsWith(itself) || folder.startsWith(target))) return false;
  if (DEEP.has(call)) return noLargeBelow(target);
  return safeToOpen(call, target);
}

function inside(file: string, home: string): boolean {
  return file.startsWith(`${path.join(home, 'a')}/`);
}

/** Where a name leads, as far as it leads anywhere. */
function real(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    if (isDangling(file)) return path.resolve(path.dirname(file), fs.readlinkSync(file));
    const parent = path.dirname(file);
    return parent === file ? file : path.join(real(parent), path.basename(file));
  }
}

function isDangling(file: string): boolean {
  try {
    return fs.lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}

function safeToOpen(call: string, file: string): boolean {
  if (!OPENING.has(call)) return true;
  const stats = statOf(file);
  if (stats?.isFIFO() === true) return false;
  return !(READING.has(call) && stats !== undefined && stats.size > LARGE);
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // not to be reached: so nothing is read
  }
}

function noLargeBelow(folder: string): boolean {
  const stats = statOf(folder);
  if (stats === undefined) return true;
  if (!stats.isDirectory()) return stats.size <= LARGE;
  return entriesOf(folder).every((entry) => {
    if (entry.isDirectory()) return noLargeBelow(path.join(folder, entry.name));
    return (statOf(path.join(folder, entry.name))?.size ?? 0) <= LARGE;
  });
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // we may not look, so the program may not either
  }
}

/** The same for a handle's members. */
export function allowedOnHandle(call: string, descriptor: unknown): boolean {
  if (typeof descriptor !== 'number' || descriptor < 0) return true;
  // Another fuzzing process may be looking at the same file.
  if (CHANGING.has(call) && OUTSIDE.has(fs.readlinkSync(`/proc/self/fd/${descriptor}`))) return false;
  const stats = fs.fstatSync(descriptor);
  // A web stream that fails ends the process of Node 20.
  if (call === 'readableWebStream' && !(stats.isFile() && isReadable(descriptor))) return false;
  const all = ['readFile', 'createReadStream', 'readLines', 'readableWebStream'];
  return !all.includes(call) || stats.size <= LARGE;
}

function isReadable(descriptor: number): boolean {
  const info = fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? '0', 8);
  // Neither O_WRONLY nor the access mode 3, which allows nothing.
  return (flags & fs.constants.O_WRONLY) === 0;
}
