// A process that gives up root has given it up in every thread, ring and cache of ours.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, isRoot, program, report } from './acceptance-support/run';
import { tempDir } from './support/subject';

const here = hasAddon ? backendHere() : 'node';
const possible = here !== 'node' && isRoot;
const why = possible ? '' : ' (skipped: needs the addon and root)';

const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, true],
  ['cached', { RINGFS_LANE: 'cached' }, true],
  ['ring', { RINGFS_LANE: 'ring' }, here === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, true],
  ['threads', { RINGFS_BACKEND: 'threads' }, true],
];

interface Seen {
  before: Record<string, string>;
  changed: Record<string, string>;
  asked: Record<string, string>;
  held: string;
  threads: string[];
}

interface Trial {
  seen: Seen;
  /** What is in the folder afterwards. */
  left: Record<string, string>;
}

async function giveUp(how: string, env: Record<string, string>, ...api: string[]): Promise<Trial> {
  const folder = tempDir();
  const closed = path.join(folder, 'closed');
  // Nobody may come as far as this, and is turned away behind it.
  fs.chmodSync(path.dirname(folder), 0o755);
  fs.chmodSync(folder, 0o777);
  fs.writeFileSync(path.join(folder, 'visible'), 'visible');
  fs.chmodSync(path.join(folder, 'visible'), 0o644); // whatever the umask is
  fs.writeFileSync(path.join(folder, 'secret'), 'secret', { mode: 0o600 });
  fs.writeFileSync(path.join(folder, 'large'), Buffer.alloc(3 << 20), { mode: 0o600 });
  fs.mkdirSync(path.join(closed, 'empty'), { recursive: true });
  fs.writeFileSync(path.join(closed, 'inside'), 'inside');
  fs.symlinkSync('inside', path.join(closed, 'link'));
  fs.chmodSync(closed, 0o700);
  const seen = report<Seen>(await program('after-setuid', [how, folder, ...api], { env }));
  const left: Record<string, string> = {};
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[]) {
    const file = path.join(folder, name);
    const { mode, uid } = fs.lstatSync(file);
    left[name] =
      `${mode.toString(8)} ${uid} ${fs.statSync(file).isFile() ? fs.readFileSync(file).length : ''}`;
  }
  return { seen, left };
}

const bare: Record<string, Promise<Trial>> = {};
/** What Node itself does, once for all lanes. */
function inNode(how: string): Promise<Trial> {
  bare[how] ??= giveUp(how, {}, 'node:fs/promises');
  return bare[how];
}

describe.each(['setuid', 'seteuid'])(`after %s${why}`, (how) => {
  (possible ? it : it.skip)(
    'bare Node is refused everything but what is for all, and changes nothing',
    async () => {
      const { seen } = await inNode(how);
      expect(new Set(Object.values(seen.before))).toEqual(new Set(['done']));
      // access(2) asks for the real user, which is still root after a seteuid.
      const granted = how === 'seteuid' ? /^(access|readFile of visible)/ : /^readFile of visible/;
      const asked = Object.entries(seen.asked);
      const refused = asked.filter(([, end]) => end === 'EACCES').map(([name]) => name);
      expect(refused).toEqual(asked.map(([name]) => name).filter((name) => !granted.test(name)));
      expect(new Set(Object.values(seen.asked))).toEqual(new Set(['done', 'EACCES']));
      expect(new Set(Object.values(seen.changed))).toEqual(new Set(['EACCES', 'EPERM']));
    },
  );

  describe.each(lanes)('lane %s', (_lane, env, isHere) => {
    (possible && isHere ? it : it.skip)(
      'each function is refused as in Node, and a handle from before goes on',
      async () => {
        const { seen, left } = await giveUp(how, env);
        const expected = await inNode(how);
        expect(seen.before).toEqual(expected.seen.before);
        expect(seen.changed).toEqual(expected.seen.changed);
        expect(seen.asked).toEqual(expected.seen.asked);
        expect(seen.held).toBe('secret');
        expect(left).toEqual(expected.left);
        expect(seen.threads.filter((name) => name.startsWith('ringfs-'))).not.toEqual([]);
        // A thread of the kernel's that submits would keep the credentials that the ring was made with.
        expect(seen.threads.filter((name) => name.startsWith('iou-sqp'))).toEqual([]);
      },
    );
  });
});
