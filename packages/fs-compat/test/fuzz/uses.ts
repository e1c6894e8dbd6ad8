// Some results only begin something: an iterator, a Dir, a stream. Here they are used up, in one of several ways.
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { FunctionCall, HandleCall } from './program';

export async function useUp(step: FunctionCall | HandleCall, value: unknown): Promise<unknown> {
  switch (step.call) {
    case 'opendir':
      return await useDir(value as fs.Dir, step.use);
    case 'glob':
    case 'readLines':
    case 'readableWebStream':
      return await all(value as AsyncIterable<unknown>);
    case 'mkdtemp':
      return renamed(value, step.args[1]);
    case 'mkdtempDisposable':
      return await useDisposable(value as DisposableFolder, step.use);
    case 'createReadStream':
      return await useReadable(value as Readable);
    case 'createWriteStream':
      return await useWritable(value as Writable, step.use);
    default:
      return value;
  }
}

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

async function useDir(dir: fs.Dir, use = 'iterate'): Promise<unknown> {
  const found: unknown[] = [dir];
  if (use === 'iterate') return [...found, await all(dir)];
  if (use === 'read') {
    for (;;) {
      const entry = await dir.read();
      if (entry === null) break;
      found.push(entry);
    }
  }
  if (use === 'readSync') found.push(dir.readSync());
  if (use === 'two reads') found.push(...(await Promise.all([dir.read(), dir.read()])));
  found.push(await dir.close());
  if (use === 'read') await dir.read(); // after its end: an error, which is a result too
  if (use === 'close twice') await dir.close();
  return found;
}

/** Six characters are random: the folder gets a name that the rest of the program can rely on. */
function renamed(value: unknown, options: unknown): unknown {
  const encoding =
    typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding;
  const known = typeof encoding === 'string' && encoding !== 'buffer' ? (encoding as BufferEncoding) : 'utf8';
  const made = Buffer.isBuffer(value) ? value.toString() : Buffer.from(String(value), known).toString();
  const steady = made.replace(/.{6}$/s, 'RANDOM');
  const random = path.basename(made).slice(-6);
  if (fs.existsSync(steady)) fs.rmSync(made, { recursive: true });
  else fs.renameSync(made, steady);
  return { type: typeof value, steady, random: /^[A-Za-z0-9]{6}$/.test(random) };
}

interface DisposableFolder extends AsyncDisposable {
  path: string;
  remove(): Promise<void>;
}

async function useDisposable(folder: DisposableFolder, use = 'remove'): Promise<unknown> {
  const keys = Reflect.ownKeys(folder).map(String);
  const was = fs.statSync(folder.path).isDirectory();
  fs.writeFileSync(path.join(folder.path, 'content'), 'content');
  if (use === 'dispose') await folder[Symbol.asyncDispose]();
  else await folder.remove();
  if (use === 'twice') await folder.remove();
  return { keys, was, is: fs.existsSync(folder.path), begins: folder.path.slice(0, -6) };
}

async function useReadable(stream: Readable): Promise<unknown> {
  const chunks: unknown[] = [];
  const events = eventsOf(stream);
  stream.on('data', (chunk) => void chunks.push(chunk));
  await over(stream, 'end');
  return { chunks, events, bytesRead: (stream as fs.ReadStream).bytesRead };
}

async function useWritable(stream: Writable, use = 'two writes'): Promise<unknown> {
  const events = eventsOf(stream);
  stream.write('written by a stream');
  if (use === 'corked') stream.cork();
  stream.write(Buffer.from('and more'));
  stream.write(Buffer.from('of it'));
  stream.end();
  await over(stream, 'finish');
  return { events, bytesWritten: (stream as fs.WriteStream).bytesWritten };
}

function eventsOf(stream: Readable | Writable): unknown[] {
  const events: unknown[] = [];
  for (const event of ['open', 'ready', 'end', 'finish', 'close'])
    stream.on(event, () => void events.push(event));
  stream.on('error', (error) => void events.push(error));
  return events;
}

/** Then it is destroyed, or its FileHandle could never be closed. */
async function over(stream: Readable | Writable, end: 'end' | 'finish'): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const event of [end, 'error', 'close']) stream.once(event, () => resolve());
  });
  stream.destroy();
  // It closes a little later, and on a busy machine later than that.
  for (let i = 0; i < 200 && (i === 0 || !stream.closed); i++)
    await new Promise((resolve) => setTimeout(resolve, 5));
}
