// after-setuid HOW FOLDER [API]: uses files as root, becomes nobody (HOW: setuid, or seteuid), and tries the same again.
// FOLDER holds `secret` (0600), `closed` (0700) with `inside`, `other` and a `link`, all of root, and `visible`. Prints what each
// call came to before and after, and the names of the threads.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { stateNow } from '../process-state';

const [how, folder, api = '@ringfs/fs-compat/promises'] = process.argv.slice(2);
const fsp = require(api) as typeof fs.promises;
const NOBODY = 65534;
const MANY = 70;

const at = (...names: string[]): string => path.join(folder, ...names);
const secret = at('secret');
const inside = at('closed', 'inside');

type Call = () => Promise<unknown>;

/** What changes nothing, where it is allowed at all. */
const asking: Record<string, Call> = {
  'readFile of visible': () => fsp.readFile(at('visible'), 'utf8'),
  readFile: () => fsp.readFile(secret, 'utf8'),
  'readFile of a large file': () => fsp.readFile(at('large')),
  'readFile with a signal': () => fsp.readFile(secret, { signal: new AbortController().signal }),
  'readFile below a closed folder': () => fsp.readFile(inside, 'utf8'),
  'open for reading': () => opened('r'),
  'open for writing': () => opened('r+'),
  stat: () => fsp.stat(inside),
  lstat: () => fsp.lstat(inside),
  access: () => fsp.access(inside),
  'access for reading': () => fsp.access(secret, fs.constants.R_OK),
  readlink: () => fsp.readlink(at('closed', 'link')),
  realpath: () => fsp.realpath(inside),
  readdir: () => fsp.readdir(at('closed')),
  opendir: () => fsp.opendir(at('closed')).then((dir) => dir.close()),
  statfs: () => fsp.statfs(inside),
  'stat of a relative path': () => fsp.stat('inside'),
  'readFile of a relative path': () => fsp.readFile('inside', 'utf8'),
};

const changing: Record<string, Call> = {
  writeFile: () => fsp.writeFile(secret, 'new'),
  'writeFile with flush': () => fsp.writeFile(secret, 'new', { flush: true }),
  'writeFile of a new file': () => fsp.writeFile(at('closed', 'new'), 'new'),
  'writeFile of a new file with flush': () => fsp.writeFile(at('closed', 'new'), 'new', { flush: true }),
  appendFile: () => fsp.appendFile(secret, 'new'),
  truncate: () => fsp.truncate(secret),
  'copyFile from': () => fsp.copyFile(secret, at('copy')),
  'copyFile to': () => fsp.copyFile(at('visible'), secret),
  chmod: () => fsp.chmod(secret, 0o666),
  chown: () => fsp.chown(secret, NOBODY, NOBODY),
  utimes: () => fsp.utimes(secret, 1, 1),
  unlink: () => fsp.unlink(inside),
  rename: () => fsp.rename(inside, at('closed', 'renamed')),
  link: () => fsp.link(inside, at('closed', 'linked')),
  symlink: () => fsp.symlink('x', at('closed', 'symlink')),
  mkdir: () => fsp.mkdir(at('closed', 'made')),
  mkdtemp: () => fsp.mkdtemp(at('closed', 'temporary-')),
  rmdir: () => fsp.rmdir(at('closed', 'empty')),
  rm: () => fsp.rm(at('closed'), { recursive: true }),
};

async function opened(flags: string): Promise<void> {
  const handle = await fsp.open(secret, flags);
  await handle.close();
}

/** 'done', or the code; of a call that is made many times at once every outcome there was. */
async function tried(call: Call, times: number): Promise<string> {
  const ends = Array.from({ length: times }, () =>
    call().then(
      () => 'done',
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    ),
  );
  return [...new Set(await Promise.all(ends))].sort().join();
}

async function tryAll(calls: Record<string, Call>): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    told[name] = await tried(call, 1);
    // Many at once take another way than one alone.
    if (calls === asking) told[`${name}, ${MANY} at once`] = await tried(call, MANY);
  }
  return told;
}

function become(): void {
  if (how === 'seteuid') {
    process.setgroups?.([]);
    process.setegid?.(NOBODY);
    process.seteuid?.(NOBODY);
    return;
  }
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}

async function main(): Promise<void> {
  process.chdir(at('closed'));
  const before = await tryAll(asking);
  // Writers too have been at work as root, on every lane.
  await fsp.writeFile(at('mine'), 'text');
  await fsp.writeFile(at('mine'), 'text', { flush: true });
  await fsp.unlink(at('mine'));
  const handle = await fsp.open(secret, 'r');
  const { threads } = stateNow();
  become();
  // A change goes first: its threads must not still be root's when something else has woken them.
  const changed = await tryAll(changing);
  const asked = await tryAll(asking);
  const held = await handle.readFile('utf8');
  await handle.close();
  process.stdout.write(JSON.stringify({ before, changed, asked, held, threads }));
}

main().catch((error) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
});
