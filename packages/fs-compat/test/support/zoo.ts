// A folder with one of everything, for the tests of functions on paths.
import * as fs from 'node:fs';
import { mkfifo } from './subject';

/** One of everything. */
export function zoo(dir: string): void {
  fs.writeFileSync(`${dir}/file`, 'some content');
  fs.writeFileSync(`${dir}/empty`, '');
  fs.writeFileSync(`${dir}/odd-mode`, 'x', { mode: 0o644 });
  fs.chmodSync(`${dir}/odd-mode`, 0o6751);
  fs.mkdirSync(`${dir}/folder`);
  fs.writeFileSync(`${dir}/folder/inside`, 'x');
  fs.mkdirSync(`${dir}/empty-folder`);
  fs.symlinkSync('file', `${dir}/link`);
  fs.symlinkSync('folder', `${dir}/folder-link`);
  fs.symlinkSync('nowhere', `${dir}/dangling`);
  fs.symlinkSync('loop', `${dir}/loop`);
  fs.linkSync(`${dir}/file`, `${dir}/hard-link`);
  mkfifo(`${dir}/fifo`);
}
/** Both sides look at the same folder, which `prepare` fills. */
export const sharing = (prepare: (dir: string) => void = () => {}) => ({
  prepare,
  folder: 'shared' as const,
});
export const shared = sharing(zoo);
/** Names that lead somewhere. */
export const reachable = [
  'file',
  'empty',
  'odd-mode',
  'folder',
  'link',
  'folder-link',
  'hard-link',
  'fifo',
  'folder/',
  'folder/..',
  'folder-link/inside',
];
/** Names that lead nowhere, and why. */
export const unreachable: [string, string][] = [
  ['missing', 'ENOENT'],
  ['no/such', 'ENOENT'],
  ['file/below', 'ENOTDIR'],
  ['file/', 'ENOTDIR'],
  ['loop/x', 'ELOOP'],
  [`${'n'.repeat(256)}`, 'ENAMETOOLONG'],
  ['n/'.repeat(2500), 'ENAMETOOLONG'],
  ['n/'.repeat(35_000), 'ENAMETOOLONG'],
];
/** A name that is not UTF-8. */
export const odd = (dir: string, name = 0xff) =>
  Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([name, 0x41])]);
