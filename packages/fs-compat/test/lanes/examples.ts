// One plain call of every function and of every member of FileHandle, on a folder as `lay` leaves it.
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

type FsPromises = typeof import('node:fs/promises');
/** Names that only newer Nodes have. */
type Newer = {
  glob(pattern: string, options: object): AsyncIterable<string>;
  mkdtempDisposable(prefix: string): Promise<{ remove(): Promise<void> }>;
};

const KEPT = 'kept '.repeat(800);

/** Every example finds this, whatever the one before it did. */
export function lay(dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(`${dir}/folder/inner`, { recursive: true });
  fs.mkdirSync(`${dir}/hollow`);
  for (const name of ['file', 'other', 'folder/one', 'folder/inner/two'])
    fs.writeFileSync(`${dir}/${name}`, KEPT);
  fs.symlinkSync('file', `${dir}/link`);
}

export const functionExamples: Record<string, (api: FsPromises & Newer, dir: string) => Promise<unknown>> = {
  access: (api, dir) => api.access(`${dir}/file`),
  appendFile: (api, dir) => api.appendFile(`${dir}/file`, 'more'),
  chmod: (api, dir) => api.chmod(`${dir}/file`, 0o600),
  chown: (api, dir) => api.chown(`${dir}/file`, uid(), gid()),
  copyFile: (api, dir) => api.copyFile(`${dir}/file`, `${dir}/copy`),
  cp: (api, dir) => api.cp(`${dir}/folder`, `${dir}/copy`, { recursive: true }),
  glob: (api, dir) => all(api.glob('*', { cwd: dir })),
  lchmod: (api, dir) => api.lchmod(`${dir}/file`, 0o600).catch(() => {}), // Linux has no such call
  lchown: (api, dir) => api.lchown(`${dir}/link`, uid(), gid()),
  link: (api, dir) => api.link(`${dir}/file`, `${dir}/second`),
  lstat: (api, dir) => api.lstat(`${dir}/link`),
  lutimes: (api, dir) => api.lutimes(`${dir}/link`, 1, 2),
  mkdir: (api, dir) => api.mkdir(`${dir}/new`),
  mkdtemp: (api, dir) => api.mkdtemp(`${dir}/new-`),
  mkdtempDisposable: async (api, dir) => (await api.mkdtempDisposable(`${dir}/new-`)).remove(),
  open: async (api, dir) => (await api.open(`${dir}/file`)).close(),
  opendir: async (api, dir) => all(await api.opendir(dir)),
  readFile: (api, dir) => api.readFile(`${dir}/file`),
  readdir: (api, dir) => api.readdir(dir),
  readlink: (api, dir) => api.readlink(`${dir}/link`),
  realpath: (api, dir) => api.realpath(`${dir}/link`),
  rename: (api, dir) => api.rename(`${dir}/file`, `${dir}/renamed`),
  rm: (api, dir) => api.rm(`${dir}/folder`, { recursive: true }),
  rmdir: (api, dir) => api.rmdir(`${dir}/hollow`),
  stat: (api, dir) => api.stat(`${dir}/file`),
  statfs: (api, dir) => api.statfs(dir),
  symlink: (api, dir) => api.symlink('file', `${dir}/second`),
  truncate: (api, dir) => api.truncate(`${dir}/file`, 7),
  unlink: (api, dir) => api.unlink(`${dir}/file`),
  utimes: (api, dir) => api.utimes(`${dir}/file`, 1, 2),
  writeFile: (api, dir) => api.writeFile(`${dir}/file`, KEPT),
};

type Newest = { readableWebStream(): AsyncIterable<unknown> };

export const memberExamples: Record<string, (handle: FileHandle & Newest) => Promise<unknown>> = {
  appendFile: (handle) => handle.appendFile('more'),
  chmod: (handle) => handle.chmod(0o600),
  chown: (handle) => handle.chown(uid(), gid()),
  close: (handle) => handle.close(),
  createReadStream: (handle) => all(handle.createReadStream()),
  createWriteStream: (handle) =>
    new Promise((resolve) => handle.createWriteStream().end('text', () => resolve(0))),
  datasync: (handle) => handle.datasync(),
  read: (handle) => handle.read(Buffer.alloc(100), 0, 100, 0),
  readFile: (handle) => handle.readFile(),
  readLines: (handle) => all(handle.readLines()),
  readableWebStream: (handle) => all(handle.readableWebStream()),
  readv: (handle) => handle.readv([Buffer.alloc(10), Buffer.alloc(10)], 0),
  stat: (handle) => handle.stat(),
  sync: (handle) => handle.sync(),
  truncate: (handle) => handle.truncate(7),
  utimes: (handle) => handle.utimes(1, 2),
  write: (handle) => handle.write(Buffer.from(KEPT), 0, 100, 0),
  writeFile: (handle) => handle.writeFile(KEPT),
  writev: (handle) => handle.writev([Buffer.from('one'), Buffer.from('two')], 0),
};

const uid = (): number => process.getuid?.() ?? 0;
const gid = (): number => process.getgid?.() ?? 0;

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}
