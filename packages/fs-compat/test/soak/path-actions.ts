// What an actor does by path.
import * as fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Actor } from './actor';
import { ModelFile } from './model';

const MOST_HANDLES = 6;

function file(actor: Actor, name: string): ModelFile {
  const known = actor.files.get(name) ?? new ModelFile();
  actor.files.set(name, known);
  return known;
}

function pieces(actor: Actor, bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + actor.below(70_000);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

export type Action = (actor: Actor) => Promise<void>;

async function writeFile(actor: Actor): Promise<void> {
  const [name, bytes] = [actor.name(), actor.bytes()];
  const [text, flush, flag] = [actor.chance(0.2), actor.chance(0.1), actor.pick(['w', 'w', undefined])];
  const data = text ? bytes.toString('hex') : bytes;
  actor.note(`writeFile ${name}, ${data.length} ${text ? 'letters' : 'bytes'}, ${flag}, flush ${flush}`);
  await actor.api.promises.writeFile(actor.path(name), data, { flush, flag });
  file(actor, name).content = Buffer.from(data as string);
}

async function appendFile(actor: Actor): Promise<void> {
  const [name, bytes] = [actor.name(), actor.bytes()];
  actor.note(`appendFile ${name}, ${bytes.length} bytes`);
  await actor.api.promises.appendFile(actor.path(name), bytes);
  file(actor, name).append(bytes);
}

async function readFile(actor: Actor): Promise<void> {
  const [name, text] = [actor.name(), actor.chance(0.2)];
  const known = actor.files.get(name);
  actor.note(`readFile ${name}${text ? ' as latin1' : ''}`);
  const reading = actor.api.promises.readFile(actor.path(name), text ? 'latin1' : null);
  if (await actor.there(known, reading, 'readFile'))
    actor.same(Buffer.from((await reading) as string, 'latin1'), (known as ModelFile).content, 'readFile');
}

async function truncate(actor: Actor): Promise<void> {
  const name = actor.name();
  const known = actor.files.get(name);
  const size = actor.below(2 * Math.min(known?.size ?? 1, 100_000));
  actor.note(`truncate ${name} to ${size}`);
  if (await actor.there(known, actor.api.promises.truncate(actor.path(name), size), 'truncate'))
    known?.truncate(size);
}

async function rename(actor: Actor): Promise<void> {
  const [from, to] = [actor.name(), actor.name()];
  const known = actor.files.get(from);
  actor.note(`rename ${from} to ${to}`);
  const renaming = actor.api.promises.rename(actor.path(from), actor.path(to));
  if (!(await actor.there(known, renaming, 'rename'))) return;
  actor.files.delete(from);
  actor.files.set(to, known as ModelFile);
}

async function unlink(actor: Actor): Promise<void> {
  const name = actor.name();
  actor.note(`unlink ${name}`);
  const unlinking = actor.api.promises.unlink(actor.path(name));
  if (await actor.there(actor.files.get(name), unlinking, 'unlink')) actor.files.delete(name);
}

async function copyFile(actor: Actor): Promise<void> {
  const [from, to] = [actor.name(), actor.name()];
  const known = actor.files.get(from);
  if (from === to) return;
  actor.note(`copyFile ${from} to ${to}`);
  const copying = actor.api.promises.copyFile(actor.path(from), actor.path(to));
  if (await actor.there(known, copying, 'copyFile'))
    file(actor, to).content = Buffer.from((known as ModelFile).content);
}

async function look(actor: Actor): Promise<void> {
  const name = actor.name();
  const known = actor.files.get(name);
  actor.note(`stat ${name}, readdir`);
  const stat = actor.api.promises.stat(actor.path(name));
  const reading = actor.api.promises.readdir(actor.folder);
  const [there, names] = await Promise.all([actor.there(known, stat, 'stat'), reading]);
  actor.must(names.sort().join() === [...actor.files.keys()].sort().join(), `readdir: ${names.join()}`);
  if (there) actor.must((await stat).size === known?.size, `stat: ${(await stat).size} for ${known?.size}`);
}

async function open(actor: Actor): Promise<void> {
  if (actor.opened.length >= MOST_HANDLES) return;
  const [name, flags] = [actor.name(), actor.pick(['r', 'r+', 'r+', 'a+', 'a', 'w+'])];
  const known = actor.files.get(name);
  const creates = !flags.startsWith('r');
  actor.note(`open ${name} ${flags}`);
  const opening = actor.api.promises.open(actor.path(name), flags);
  const there = creates ? await opening : await actor.there(known, opening, 'open');
  if (!there) return;
  const opened = { handle: await opening, file: file(actor, name), flags, position: 0 };
  if (flags === 'w+') opened.file.truncate(0);
  actor.opened.push(opened);
}

async function writeStream(actor: Actor): Promise<void> {
  const [name, bytes, flags] = [actor.name(), actor.bytes(), actor.pick(['w', 'a'])];
  actor.note(`createWriteStream ${name} ${flags}, ${bytes.length} bytes`);
  await pipeline(pieces(actor, bytes), actor.api.createWriteStream(actor.path(name), { flags }));
  if (flags === 'w') file(actor, name).content = bytes;
  else file(actor, name).append(bytes);
}

async function readStream(actor: Actor): Promise<void> {
  const name = actor.name();
  const known = actor.files.get(name);
  const start = actor.below((known?.size ?? 0) + 1);
  const end = start + actor.below(100_000);
  actor.note(`createReadStream ${name} from ${start} to ${end}`);
  const stream = actor.api.createReadStream(actor.path(name), { start, end });
  const reading = stream.toArray() as Promise<Buffer[]>;
  if (await actor.there(known, reading, 'createReadStream'))
    actor.same(
      Buffer.concat(await reading),
      (known as ModelFile).content.subarray(start, end + 1),
      'createReadStream',
    );
}

/** Whether it ended before the abort. */
async function aborted(actor: Actor, begin: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const controller = new AbortController();
  const op = begin(controller.signal).then(
    () => false,
    (error: Error) => {
      if (error.name !== 'AbortError') throw error;
      return true;
    },
  );
  const kind = actor.below(3);
  if (kind === 1) await Promise.resolve();
  if (kind === 2) await new Promise((resolve) => setTimeout(resolve, actor.below(3)));
  controller.abort();
  return await op;
}

async function abortRead(actor: Actor): Promise<void> {
  const name = actor.name();
  const known = actor.files.get(name);
  if (known === undefined) return;
  actor.note(`readFile ${name}, aborted`);
  await aborted(actor, async (signal) =>
    actor.same(await actor.api.promises.readFile(actor.path(name), { signal }), known.content, 'readFile'),
  );
}

/** Afterwards the file is untouched, or a beginning of the new content: docs/write-order.md. Node promises less. */
async function abortWrite(actor: Actor): Promise<void> {
  const [name, bytes] = [actor.name(), actor.bytes()];
  if (actor.bare) return;
  actor.note(`writeFile ${name}, ${bytes.length} bytes, aborted`);
  const target = actor.path(name);
  const wasAborted = await aborted(actor, (signal) =>
    actor.api.promises.writeFile(target, bytes, { signal }),
  );
  if (!fs.existsSync(target)) {
    actor.must(wasAborted && !actor.files.has(name), 'an aborted writeFile has removed the file');
    return;
  }
  const content = fs.readFileSync(target);
  const known = actor.files.get(name);
  const beginning = bytes.subarray(0, wasAborted ? content.length : bytes.length);
  if (!(wasAborted && known?.content.equals(content)))
    actor.same(content, beginning, `writeFile that was ${wasAborted ? '' : 'not '}aborted`);
  file(actor, name).content = content;
}

export const pathActions: Record<string, [weight: number, action: Action]> = {
  writeFile: [8, writeFile],
  appendFile: [4, appendFile],
  readFile: [12, readFile],
  truncate: [3, truncate],
  rename: [3, rename],
  unlink: [2, unlink],
  copyFile: [2, copyFile],
  'stat, readdir': [4, look],
  open: [6, open],
  createWriteStream: [2, writeStream],
  createReadStream: [2, readStream],
  'readFile, aborted': [2, abortRead],
  'writeFile, aborted': [2, abortWrite],
};
