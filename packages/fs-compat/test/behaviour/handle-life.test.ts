// A FileHandle where others take it over: the collector, http2, and a Node in which our class cannot be made.
import * as fs from 'node:fs';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  backend,
  fsp,
  pattern,
  runChild,
  subjectName,
  subjectSpecifier,
  tempDir,
  testBeyondNode,
} from '../support/subject';

test('the collector closes what nobody has closed, and warns as the running Node does', async () => {
  const dir = tempDir();
  fs.writeFileSync(`${dir}/file`, 'x');
  const script = (specifier: string): string => `
    const fs = require('node:fs');
    const { open } = require('${specifier}');
    const file = process.env.DIR + '/file';
    const isOpen = () => fs.readdirSync('/proc/self/fd').some((fd) => {
      try { return fs.readlinkSync('/proc/self/fd/' + fd) === file; } catch { return false; }
    });
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 20));
    process.on('uncaughtException', (error) => console.log('uncaught', error.code, error.message.replace(/\\d+/g, 'N')));
    process.on('warning', (warning) => console.log(warning.name, warning.code, warning.message.replace(/\\d+/g, 'N')));
    const use = async () => {
      const handle = await open(file);
      await handle.read(Buffer.alloc(1));
      console.log(isOpen());
    };
    use().then(async () => {
      for (let i = 0; i < 100 && isOpen(); i += 1) { gc(); await sleep(); }
      await sleep();
      console.log(isOpen());
    });`;
  const flags = ['--expose-gc', '--no-warnings'];
  const ours = await runChild(script(subjectSpecifier), { flags, dir });
  const theirs = await runChild(script('node:fs/promises'), { flags, dir });
  // Node 26 tells its own opens' handles their path; there is no way to tell ours.
  theirs.stdout = theirs.stdout.replace(/\(\/.*\)$/m, (path) =>
    subjectName === 'node' ? path : '(<unknown path>)',
  );
  if (backend === 'node') ours.stdout = ours.stdout.replace(/\(\/.*\)$/m, '(<unknown path>)');
  expect(ours).toEqual(theirs);
  expect(ours.stdout).toMatch(/^true\n(?:.*\n)+false\n$/);
});

test('http2 responds with it', async () => {
  const content = pattern(200_000);
  const file = `${tempDir()}/file`;
  fs.writeFileSync(file, content);
  const handle = await fsp.open(file);
  const server = http2.createServer();
  server.on('stream', (stream) => stream.respondWithFD(handle, { ':status': 200 }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const chunks: Buffer[] = [];
  for await (const chunk of client.request({ ':path': '/' })) chunks.push(chunk as Buffer);
  await new Promise<void>((resolve) => client.close(resolve));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await handle.close();
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
});

test('where Node’s handle has not the shape we know, its own handles are used', async () => {
  if (subjectName === 'node') return;
  const dir = tempDir();
  fs.writeFileSync(`${dir}/file`, 'content');
  const script = `
    const { getOwnPropertySymbols } = Object;
    Object.getOwnPropertySymbols = (object) => getOwnPropertySymbols(object).filter((symbol) => symbol.description !== 'kHandle');
    (async () => {
      const file = process.env.DIR + '/file';
      const theirs = await bare.open(file);
      const handle = await subject.open(file, 'r+');
      console.log(handle.constructor === theirs.constructor, Object.getPrototypeOf(handle) === Object.getPrototypeOf(theirs));
      console.log(await subject.readFile(handle, 'utf8'), (await handle.write('!')).bytesWritten, await subject.readFile(file, 'utf8'));
      await handle.close();
      await theirs.close();
    })();`;
  expect(await runChild(script, { dir })).toEqual({
    code: 0,
    stdout: 'true true\ncontent 1 content!\n',
    stderr: '',
  });
});

// Node 26 itself loses one now and then.
testBeyondNode(
  'stat with a signal that is none, closed in the same turn, leaves no rejection behind',
  async () => {
    const script = `
    const { open } = require('${subjectSpecifier}');
    process.on('unhandledRejection', (error) => console.log('nobody handled', error.message));
    (async () => {
      for (let i = 0; i < 500; i += 1) {
        const handle = await open(process.execPath);
        const asked = handle.stat({ signal: 5 }).catch(() => undefined);
        await handle.close();
        await asked;
      }
    })();`;
    expect(await runChild(script)).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);
