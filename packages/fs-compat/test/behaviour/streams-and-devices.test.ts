// Descriptors that are no file's: pipes that do not wait, handles on which a read waits for a write, devices without end;
// and the position of a file that several calls move at once.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { facesOf, sameCallback } from '../support/callbacks';
import {
  bare,
  type FsPromises,
  fsp,
  mkfifo,
  pattern,
  sameError,
  sameOutcome,
  sameValue,
  subjectFs,
  tempDir,
  testBeyondNode,
} from '../support/subject';

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = fs.constants;
const fifoIn = (dir: string): void => void mkfifo(path.join(dir, 'fifo'));

/** Both ends are open and nothing waits: a read has nothing to give, and where it is full a write no room. */
async function onFifo<T>(
  api: FsPromises,
  dir: string,
  full: boolean,
  work: (handle: fs.promises.FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await api.open(path.join(dir, 'fifo'), O_RDWR | O_NONBLOCK);
  try {
    if (full) fill(handle.fd);
    return await work(handle);
  } finally {
    await handle.close();
  }
}

function fill(fd: number): void {
  for (;;) {
    try {
      fs.writeSync(fd, Buffer.alloc(4096, 'x'));
    } catch {
      return; // EAGAIN
    }
  }
}

describe('O_NONBLOCK: EAGAIN is the answer, as in Node', () => {
  test.each<[string, boolean, (handle: fs.promises.FileHandle) => Promise<unknown>]>([
    ['read', false, (handle) => handle.read(Buffer.alloc(10), 0, 10, null)],
    ['readv', false, (handle) => handle.readv([Buffer.alloc(10), Buffer.alloc(5)])],
    ['readFile', false, (handle) => handle.readFile()],
    ['write', true, (handle) => handle.write(Buffer.from('text'))],
    ['writev', true, (handle) => handle.writev([Buffer.from('te'), Buffer.from('xt')])],
    ['writeFile', true, (handle) => handle.writeFile('text')],
    ['appendFile', true, (handle) => handle.appendFile('text')],
  ])('handle.%s', async (_, full, call) => {
    await sameError('EAGAIN', (api, dir) => onFifo(api, dir, full, call), fifoIn);
  });

  test('readFile of a path', async () => {
    await sameError(
      'EAGAIN',
      (api, dir) =>
        onFifo(bare, dir, false, () => api.readFile(`${dir}/fifo`, { flag: O_RDONLY | O_NONBLOCK })),
      fifoIn,
    );
  });

  test('writeFile of a path', async () => {
    await sameError(
      'EAGAIN',
      (api, dir) =>
        onFifo(bare, dir, true, () => api.writeFile(`${dir}/fifo`, 'text', { flag: O_WRONLY | O_NONBLOCK })),
      fifoIn,
    );
  });

  test('what is there is read, and what there is room for is written', async () => {
    const call = (api: FsPromises, dir: string) =>
      onFifo(api, dir, false, async (handle) => {
        const large = await handle.write(Buffer.alloc(1 << 20, 'a'));
        const first = await handle.read(Buffer.alloc(10), 0, 10, null);
        const rest = await handle.read(Buffer.alloc(1 << 20), 0, 1 << 20, null);
        return [large.bytesWritten, first.bytesRead, rest.bytesRead];
      });
    const [written, first, rest] = (await sameValue(call, fifoIn)) as [number, number, number];
    expect(written).toBeLessThan(1 << 20);
    expect(first + rest).toBe(written);
  });

  test.each<[string, boolean, (api: typeof fs, fd: number, callback: (...args: unknown[]) => void) => void]>([
    ['read', false, (api, fd, callback) => api.read(fd, Buffer.alloc(10), 0, 10, null, callback)],
    ['readv', false, (api, fd, callback) => api.readv(fd, [Buffer.alloc(10)], callback)],
    ['write', true, (api, fd, callback) => api.write(fd, Buffer.from('text'), callback)],
    ['writeFile', true, (api, fd, callback) => api.writeFile(fd, 'text', callback)],
  ])('fs.%s', async (_, full, call) => {
    const open: number[] = [];
    await sameCallback((api, dir, callback) => {
      const fd = fs.openSync(path.join(dir, 'fifo'), O_RDWR | O_NONBLOCK);
      open.push(fd);
      if (full) fill(fd);
      call(api, fd, callback);
    }, fifoIn);
    for (const fd of open) fs.closeSync(fd);
  });

  test.each(['', 'some text'])('fs.readFile gives what is there: %j', async (text) => {
    const open: number[] = [];
    const args = await sameCallback((api, dir, callback) => {
      const fd = fs.openSync(path.join(dir, 'fifo'), O_RDWR | O_NONBLOCK);
      open.push(fd);
      if (text !== '') fs.writeSync(fd, text);
      api.readFile(fd, 'utf8', callback);
    }, fifoIn);
    for (const fd of open) fs.closeSync(fd);
    expect(args).toEqual([null, text]);
  });

  test('a read that had nothing to give takes nothing later', async () => {
    const fifo = mkfifo(`${tempDir()}/fifo`);
    const fd = fs.openSync(fifo, O_RDWR | O_NONBLOCK);
    const error = await new Promise((resolve) => subjectFs.read(fd, Buffer.alloc(4), 0, 4, null, resolve));
    expect(error).toMatchObject({ code: 'EAGAIN' });
    fs.writeSync(fd, 'data');
    expect(fs.readSync(fd, Buffer.alloc(10))).toBe(4);
    fs.closeSync(fd);
  });
});

test('on a handle of a FIFO a write passes the read that waits for it', async () => {
  const call = async (api: FsPromises, dir: string) => {
    const handle = await api.open(`${dir}/fifo`, 'r+');
    const reading = handle.read(Buffer.alloc(10), 0, 10, null);
    const { bytesWritten } = await handle.write('text');
    const { bytesRead, buffer } = await reading;
    await handle.close();
    return [bytesWritten, bytesRead, buffer.toString('latin1', 0, bytesRead)];
  };
  expect(await sameValue(call, fifoIn)).toEqual([4, 4, 'text']);
});

// In Node four writes that wait leave no thread for the read.
testBeyondNode('writes to a pipe come out in the order in which they were made', async () => {
  const fifo = mkfifo(`${tempDir()}/fifo`);
  const handle = await fsp.open(fifo, 'r+');
  const parts = Array.from({ length: 40 }, (_, i) => pattern(10_000, i + 1));
  const writing = Promise.all(parts.map((part) => handle.write(part)));
  const whole = Buffer.alloc(400_000);
  let done = 0;
  while (done < whole.length) done += (await handle.read(whole, done, whole.length - done, null)).bytesRead;
  await writing;
  await handle.close();
  expect(whole.equals(Buffer.concat(parts))).toBe(true);
});

describe('devices without end fill a buffer of any size', () => {
  const size = (5 << 20) + 3;
  test.each(['/dev/zero', '/dev/urandom'])('%s', async (device) => {
    const call = async (api: FsPromises) => {
      const handle = await api.open(device);
      const buffer = Buffer.alloc(size);
      const counts = [
        (await handle.read(buffer, 0, size, null)).bytesRead,
        (await handle.read(Buffer.alloc(size), 0, size, 10)).bytesRead,
        (await handle.readv([Buffer.alloc(2 << 20), Buffer.alloc(2 << 20)])).bytesRead,
      ];
      await handle.close();
      // Nothing of it is as it was before.
      const filled = device === '/dev/zero' || !buffer.subarray(-1024).every((byte) => byte === 0);
      return { counts, filled };
    };
    expect(await sameValue(call)).toEqual({ counts: [size, size, 4 << 20], filled: true });
  });

  test('a stream of one has chunks of its own size', async () => {
    const stream = subjectFs.createReadStream('/dev/zero', { highWaterMark: 3 << 20, end: (6 << 20) - 1 });
    const sizes: number[] = [];
    for await (const chunk of stream) sizes.push((chunk as Buffer).length);
    expect(sizes).toEqual([3 << 20, 3 << 20]);
  });

  test('/dev/null takes one', async () => {
    const call = async (api: FsPromises) => {
      const handle = await api.open('/dev/null', fs.constants.O_WRONLY | O_NONBLOCK);
      const { bytesWritten } = await handle.write(Buffer.alloc(size));
      await handle.close();
      return bytesWritten;
    };
    expect(await sameValue(call)).toBe(size);
  });
});

describe("calls at a descriptor's own position, all at once", () => {
  const each = (1 << 20) + 10_000;
  const whole = pattern(6 * each, 7);

  const inOrder = (parts: { n: number; at: number; bytes: Buffer }[]): boolean =>
    Buffer.concat([...parts].sort((a, b) => a.at - b.at).map((part) => part.bytes)).equals(whole);

  /** Where in the file such a piece begins; -1 if it is no piece of it. */
  const placeOf = (bytes: Buffer): number => whole.indexOf(bytes);

  test.each([each, 5000])(
    'reads of %d bytes are each one piece of the file, and none comes twice',
    async (size) => {
      for (const api of [bare, fsp]) {
        const file = `${tempDir()}/file`;
        fs.writeFileSync(file, whole);
        const fd = fs.openSync(file, 'r');
        const count = Math.ceil(whole.length / size);
        const parts = await Promise.all(
          Array.from(
            { length: count },
            () =>
              new Promise<{ n: number; at: number; bytes: Buffer }>((resolve, reject) =>
                facesOf(api).read(
                  fd,
                  Buffer.alloc(size),
                  0,
                  size,
                  null,
                  (error: unknown, n: number, buffer: Buffer) => {
                    const bytes = buffer.subarray(0, n);
                    if (error) reject(error);
                    else resolve({ n, at: placeOf(bytes), bytes });
                  },
                ),
              ),
          ),
        );
        fs.closeSync(fd);
        expect(parts.filter((part) => part.at < 0)).toEqual([]);
        expect(inOrder(parts)).toBe(true);
      }
    },
  );

  test('writes follow each other, each in one piece', async () => {
    const file = `${tempDir()}/file`;
    const fd = fs.openSync(file, 'w');
    const parts = Array.from({ length: 6 }, (_, i) => whole.subarray(i * each, (i + 1) * each));
    await Promise.all(
      parts.map(
        (part) =>
          new Promise<void>((resolve, reject) =>
            subjectFs.write(fd, part, (error) => (error ? reject(error) : resolve())),
          ),
      ),
    );
    fs.closeSync(fd);
    const written = fs.readFileSync(file);
    expect(written.length).toBe(whole.length);
    for (const part of parts) expect(written.indexOf(part) % each).toBe(0);
  });

  test('of a handle: reads, writes and readFile in the order of the calls', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'w+');
      const done = [];
      if (api === bare) {
        for (const part of [whole.subarray(0, each), whole.subarray(each)])
          done.push(await handle.write(part));
      } else {
        done.push(
          ...(await Promise.all([handle.write(whole.subarray(0, each)), handle.write(whole.subarray(each))])),
        );
      }
      const rest = await handle.readFile();
      await handle.close();
      return [done.map(({ bytesWritten }) => bytesWritten), rest.length];
    };
    expect(await sameValue(call)).toEqual([[each, 5 * each], 0]);
  });
});

test('what procfs says of a write is told, whole files and pieces', async () => {
  const writing =
    (write: (handle: fs.promises.FileHandle) => Promise<unknown>) => async (api: FsPromises) => {
      const handle = await api.open('/proc/version', 'a');
      try {
        return await write(handle);
      } finally {
        await handle.close();
      }
    };
  await sameOutcome(writing((handle) => handle.appendFile('text')));
  await sameOutcome(writing((handle) => handle.write('text')));
});

test('a descriptor of a folder is EISDIR at its own position too', async () => {
  await sameOutcome(async (api, dir) => {
    const handle = await api.open(dir);
    try {
      return await handle.read(Buffer.alloc(10), 0, 10, null);
    } finally {
      await handle.close();
    }
  });
});
