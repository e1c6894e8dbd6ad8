// node:fs with callbacks: at which place Node's own functions look for the callback, and that we look nowhere else.
import * as fs from 'node:fs';
import { type Callback, sameCallback } from '../support/callbacks';
import { subjectFs, tempDir, untyped } from '../support/subject';

const scene = (dir: string): void => {
  fs.writeFileSync(`${dir}/file`, 'content');
  fs.mkdirSync(`${dir}/folder`);
  fs.symlinkSync('file', `${dir}/link`);
};

/** What each function needs in front of its callback. rm, close and symlink find out too late to throw. */
const ofPaths: [string, (dir: string) => unknown[]][] = [
  ['access', (dir) => [`${dir}/file`]],
  ['appendFile', (dir) => [`${dir}/file`, 'text']],
  ['chmod', (dir) => [`${dir}/file`, 0o600]],
  ['chown', (dir) => [`${dir}/file`, -1, -1]],
  ['copyFile', (dir) => [`${dir}/file`, `${dir}/copy`]],
  ['cp', (dir) => [`${dir}/file`, `${dir}/copy`]],
  ['exists', (dir) => [`${dir}/file`]],
  ['lchown', (dir) => [`${dir}/link`, -1, -1]],
  ['link', (dir) => [`${dir}/file`, `${dir}/second`]],
  ['lstat', (dir) => [`${dir}/link`]],
  ['lutimes', (dir) => [`${dir}/link`, 1, 2]],
  ['mkdir', (dir) => [`${dir}/new`]],
  ['open', (dir) => [`${dir}/missing`]],
  ['opendir', (dir) => [`${dir}/missing`]],
  ['readFile', (dir) => [`${dir}/file`]],
  ['readdir', (dir) => [`${dir}/folder`]],
  ['readlink', (dir) => [`${dir}/link`]],
  ['realpath', (dir) => [`${dir}/file`]],
  ['rename', (dir) => [`${dir}/file`, `${dir}/moved`]],
  ['rmdir', (dir) => [`${dir}/folder`]],
  ['stat', (dir) => [`${dir}/file`]],
  ['statfs', (dir) => [`${dir}/missing`]],
  ['truncate', (dir) => [`${dir}/file`]],
  ['unlink', (dir) => [`${dir}/file`]],
  ['utimes', (dir) => [`${dir}/file`, 1, 2]],
  ['writeFile', (dir) => [`${dir}/file`, 'text']],
];

const ofDescriptors: [string, (fd: number) => unknown[]][] = [
  ['appendFile', (fd) => [fd, 'text']],
  ['fchmod', (fd) => [fd, 0o600]],
  ['fchown', (fd) => [fd, -1, -1]],
  ['fdatasync', (fd) => [fd]],
  ['fstat', (fd) => [fd]],
  ['fsync', (fd) => [fd]],
  ['ftruncate', (fd) => [fd]],
  ['futimes', (fd) => [fd, 1, 2]],
  ['read', (fd) => [fd]],
  ['readFile', (fd) => [fd]],
  ['readv', (fd) => [fd, [Buffer.alloc(2)]]],
  ['write', (fd) => [fd, Buffer.from('ab')]],
  ['write', (fd) => [fd, 'text']],
  ['writeFile', (fd) => [fd, 'text']],
  ['writev', (fd) => [fd, [Buffer.from('ab')]]],
];

/** So many arguments more than there must be, each the same. */
const surplus = [undefined, null, {}, 0, 'utf8'].flatMap((value) =>
  [1, 2, 3, 4, 5].map((count) => Array.from({ length: count }, () => value)),
);

test.each(ofPaths)('%s, with more arguments than it takes', async (name, given) => {
  for (const more of surplus) {
    await sameCallback((api, dir, cb) => api[name](...given(dir), ...more, cb), scene);
  }
});

test.each(ofDescriptors)('%s of a descriptor, with more arguments than it takes', async (name, given) => {
  for (const more of surplus) {
    await sameCallback((api, dir, cb) => {
      const fd = fs.openSync(`${dir}/file`, 'r+');
      const closed: Callback = (...args) => {
        fs.closeSync(fd);
        cb(...args);
      };
      try {
        return api[name](...given(fd), ...more, closed);
      } catch (error) {
        fs.closeSync(fd);
        throw error;
      }
    }, scene);
  }
});

test('realpath.native and mkdtemp, with more arguments than they take', async () => {
  for (const more of surplus) {
    await sameCallback((api, dir, cb) => api.realpath.native(`${dir}/link`, ...more, cb), scene);
    await sameCallback((api, dir, cb) => {
      const told = (error: NodeJS.ErrnoException): void => cb(error.code); // no name is made twice
      return api.mkdtemp(`${dir}/no/such/`, ...more, told);
    });
  }
});

test('symlink, with a place between its type and its callback', async () => {
  for (const type of [undefined, 'file'])
    await sameCallback((api, dir, cb) => api.symlink('target', `${dir}/new`, type, undefined, cb));
});

test('a call that is refused has changed nothing', () => {
  const dir = tempDir();
  scene(dir);
  const never = (): void => expect('called').toBe('not called');
  const refused: [string, ...unknown[]][] = [
    ['unlink', `${dir}/file`, undefined],
    ['rmdir', `${dir}/folder`, {}, undefined],
    ['rename', `${dir}/file`, `${dir}/moved`, undefined],
    ['writeFile', `${dir}/file`, 'else', {}, undefined],
    ['truncate', `${dir}/file`, 0, undefined],
  ];
  for (const [name, ...args] of refused)
    expect(() => untyped(subjectFs)[name](...args, never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  expect(fs.readdirSync(dir).sort()).toEqual(['file', 'folder', 'link']);
  expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe('content');
});
