// What the fuzzing and Node's own test files have found: each failed once.
import * as fs from 'node:fs';
import {
  runChild,
  sameError,
  sameOutcome,
  sameValue,
  subjectName,
  untyped,
  withHandle,
} from '../support/subject';

const emptyFile = (dir: string): void => fs.writeFileSync(`${dir}/file`, '');
const fullFile = (dir: string): void => fs.writeFileSync(`${dir}/file`, 'content');

describe('a descriptor that is not for reading', () => {
  for (const [name, prepare] of Object.entries({
    'an empty file': emptyFile,
    'a file with content': fullFile,
  })) {
    test(`handle.readFile of ${name} fails, though there may be nothing to read`, async () => {
      await sameError(
        'EBADF',
        (api, dir) => withHandle(api, `${dir}/file`, 'a', (handle) => handle.readFile()),
        prepare,
      );
    });

    test(`readFile by path of ${name}`, async () => {
      const flag = fs.constants.O_WRONLY as unknown as string;
      await sameError('EBADF', (api, dir) => api.readFile(`${dir}/file`, { flag }), prepare);
    });
  }

  test('at the end of the file', async () => {
    const call = async (api: typeof import('node:fs/promises'), dir: string) =>
      withHandle(api, `${dir}/file`, 'r+', async (handle) => {
        await handle.write('new content, longer');
        return await handle.readFile('utf8');
      });
    expect(await sameValue(call, fullFile)).toBe('');
  });
});

describe('memory that has gone elsewhere', () => {
  const detached = (): Uint8Array => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  };
  const view = (): DataView => {
    const it = new DataView(new ArrayBuffer(8));
    structuredClone(it.buffer, { transfer: [it.buffer as ArrayBuffer] });
    return it;
  };

  for (const [name, make] of Object.entries({ 'a Uint8Array': detached, 'a DataView': view })) {
    test(`writeFile of ${name}`, async () => {
      await sameOutcome((api, dir) => api.writeFile(`${dir}/file`, make()));
    });

    test(`handle.write, handle.read and handle.writeFile of ${name}`, async () => {
      const call = (method: string) => (api: typeof import('node:fs/promises'), dir: string) =>
        withHandle(api, `${dir}/file`, 'w+', async (handle) => {
          await untyped(handle)[method](make());
        });
      for (const method of ['write', 'read', 'writeFile']) await sameOutcome(call(method), fullFile);
    });
  }
});

describe('a proxy of a signal', () => {
  const proxied = (): AbortSignal => new Proxy(new AbortController().signal, {});

  test('readFile, by path and of a handle', async () => {
    await sameValue((api, dir) => api.readFile(`${dir}/file`, { signal: proxied() }), fullFile);
    await sameValue(
      (api, dir) =>
        withHandle(api, `${dir}/file`, 'r', (handle) => untyped(handle).readFile({ signal: proxied() })),
      fullFile,
    );
  });

  test('writeFile, by path and of a handle', async () => {
    await sameOutcome((api, dir) => api.writeFile(`${dir}/file`, 'text', { signal: proxied() }));
    await sameOutcome((api, dir) =>
      withHandle(api, `${dir}/file`, 'w', (handle) =>
        untyped(handle).writeFile('text', { signal: proxied() }),
      ),
    );
  });
});

test('handle.write(view, null, length, position) does not look at the last two', async () => {
  const call = (api: typeof import('node:fs/promises'), dir: string) =>
    withHandle(api, `${dir}/file`, 'r+', async (handle) => {
      const { bytesWritten } = await handle.write(Buffer.from('other'), null, 0, 20);
      return bytesWritten;
    });
  expect(await sameValue(call, fullFile)).toBe(5);
});

test('stat, lstat and handle.stat with an array for options, which Node 26 refuses', async () => {
  for (const name of ['stat', 'lstat'])
    await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, []), fullFile);
  await sameOutcome(
    (api, dir) => withHandle(api, `${dir}/file`, 'r', (handle) => untyped(handle).stat([])),
    fullFile,
  );
});

// In a process of its own: what jest makes of a stack shows no `async`.
test('the stack of what goes wrong on disk names the function, and who called it, as Node does', async () => {
  const script = `
    async function caller() { await subject.access('missing'); }
    caller().catch((error) => console.log(error.stack));
  `;
  const { stdout } = await runChild(script);
  // Node 26 gives the errors of some functions no stack.
  if (subjectName === 'ringfs')
    expect(stdout).toMatch(/at async (?:Object\.)?access .*\n\s+at async caller /);
}, 20_000);
