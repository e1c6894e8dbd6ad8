import { inFlight } from '../dist/in-flight';
import { cutSegments } from '../dist/segments';
import { treeHash } from '../dist/tree-hash';

describe('inFlight', () => {
  it('keeps the order of the items and never exceeds the limit', async () => {
    let running = 0;
    let mostRunning = 0;
    const results = await inFlight(3, [5, 1, 4, 2, 3, 0], async (item) => {
      mostRunning = Math.max(mostRunning, ++running);
      await new Promise((resolve) => setTimeout(resolve, item));
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 0]);
    expect(mostRunning).toBe(3);
  });

  it('starts nothing after a failure and leaves nothing running', async () => {
    const started: number[] = [];
    let running = 0;
    const failing = inFlight(2, [0, 1, 2, 3], async (item) => {
      started.push(item);
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, item === 0 ? 1 : 20));
      running -= 1;
      if (item === 0) throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(started).toEqual([0, 1]);
    expect(running).toBe(0);
  });
});

describe('cutSegments', () => {
  const file = (path: string, bytes: number) => ({ path, bytes });

  it('fills a segment up to its size, in order', () => {
    const files = [file('a', 4), file('b', 6), file('c', 1), file('d', 9)];
    expect(cutSegments(files, 10).map((segment) => segment.map(({ path }) => path))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('gives a file larger than a segment a segment of its own', () => {
    const files = [file('a', 1), file('b', 50), file('c', 1)];
    expect(cutSegments(files, 10).map((segment) => segment.length)).toEqual([1, 1, 1]);
  });
});

describe('treeHash', () => {
  it('changes with a path as well as with a content', () => {
    const hash = treeHash([{ path: 'a', hash: '1' }]);
    expect(treeHash([{ path: 'b', hash: '1' }])).not.toBe(hash);
    expect(treeHash([{ path: 'a', hash: '2' }])).not.toBe(hash);
    expect(treeHash([{ path: 'a', hash: '1' }])).toBe(hash);
  });
});
