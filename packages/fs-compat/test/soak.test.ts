// Random work against a model: a sample of `npm run soak`, and whether it sees what it is there to see.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, run } from './acceptance-support/run';
import { Actor, type Api } from './soak/actor';
import { act, type Play } from './soak/run';
import { growth, MOST_GROWTH_MIB, notFlat, type Sample, slope } from './soak/samples';
import { tempDir } from './support/subject';

const SECONDS = 3;
/** Another one each day, and whichever is asked for. */
const SEED = Number(process.env.RINGFS_SEED ?? Math.floor(Date.now() / 86_400_000));

jest.setTimeout(60_000);

const here = hasAddon ? backendHere() : 'node';
const backends = here === 'io_uring' ? ['io_uring', 'threads'] : [here];

test.each(backends)(`%s: no difference from the model, nothing left over; seed ${SEED}`, async (backend) => {
  const json = path.join(tempDir(), 'report.json');
  const program = path.join(__dirname, 'soak', 'main.js');
  const args = ['--quiet', '--minutes', String(SECONDS / 60), '--seed', String(SEED), '--json', json];
  const ended = await run([process.execPath, program, ...args], { env: { RINGFS_BACKEND: backend } });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const { counts, ...seen } = JSON.parse(fs.readFileSync(json, 'utf8')) as {
    backend: string;
    counts: Record<string, number>;
    left: string[];
  };
  expect(seen).toMatchObject({ backend, left: [] });
  // Each kind of op has come.
  expect(Object.keys(counts).length).toBeGreaterThan(20);
});

/** What an actor says of functions of which one tells a lie now and then. */
async function told(lie: (fsp: Api['promises']) => Partial<Api['promises']>): Promise<string | undefined> {
  const api = { ...fs, promises: { ...fs.promises, ...lie(fs.promises) } } as Api;
  const play: Play = { over: false, counts: {}, difference: undefined };
  const timer = setTimeout(() => {
    play.over = true;
  }, 20_000);
  await act(new Actor({ api, folder: path.join(tempDir(), 'actor'), seed: SEED, bare: true }), play);
  clearTimeout(timer);
  return play.difference;
}

describe('a difference is told, with the last actions', () => {
  const sometimes = (): boolean => Math.random() < 0.2;

  test('one wrong byte', async () => {
    const difference = await told((fsp) => ({
      readFile: (async (file: string, options: BufferEncoding) => {
        const content: unknown = await fsp.readFile(file, options);
        if (!Buffer.isBuffer(content) || content.length === 0 || !sometimes()) return content;
        content[content.length - 1] ^= 1;
        return content;
      }) as Api['promises']['readFile'],
    }));
    expect(difference).toMatch(
      /readFile: \d+ bytes for \d+, the first other one at \d+[\s\S]*the last actions:/,
    );
  });

  test('a truncate that is not made', async () => {
    const difference = await told((fsp) => ({
      truncate: (async (file: string, size: number) => {
        if (fs.existsSync(file) && sometimes()) return;
        await fsp.truncate(file, size);
      }) as Api['promises']['truncate'],
    }));
    expect(difference).toMatch(/bytes for|stat: /);
  });
});

describe('memory', () => {
  const samples = (rssAt: (seconds: number) => number): Sample[] =>
    Array.from({ length: 600 }, (_, seconds) => ({
      seconds,
      rss: rssAt(seconds) * (1 << 20),
      heapUsed: 0,
      external: 0,
      descriptors: 20,
      threads: 12,
      ops: seconds * 1000,
    }));

  test('the slope of points on a line', () => {
    expect(slope([[0, 1], [1, 3], [2, 5]])).toBe(2); // biome-ignore format: points
    expect(slope([[1, 1]])).toBe(0);
  });

  test('what grows to its size, or goes up and down, is flat', () => {
    expect(notFlat(samples((at) => Math.min(300, at * 10)))).toEqual([]);
    expect(notFlat(samples((at) => 200 + 40 * Math.sin(at)))).toEqual([]);
    expect(growth(samples(() => 200))).toEqual({ mib: { rss: 0, external: 0, heapUsed: 0 }, ops: 299_000 });
  });

  test('what rises steadily is told', () => {
    const perSecond = (MOST_GROWTH_MIB * 1.05) / 299;
    expect(notFlat(samples((at) => 200 + at * perSecond))).toEqual([
      expect.stringMatching(/^rss rose by 33\.\d MiB in the second half$/),
    ]);
    expect(notFlat(samples((at) => 200 + at * perSecond * 0.9))).toEqual([]);
  });
});
