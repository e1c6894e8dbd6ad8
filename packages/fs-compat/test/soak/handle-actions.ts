// What an actor does through its handles, of which several may be on one file.
import type { Actor } from './actor';
import { type Opened, reads, readThrough, writes, writeThrough } from './model';
import type { Action } from './path-actions';

/** What a read must leave alone. */
const POISON = 0xa5;

function shown({ flags, position, file }: Opened): string {
  return `of ${flags}, at ${position} of ${file.size}`;
}

async function readAndCompare(
  actor: Actor,
  opened: Opened,
  length: number,
  at: number | null,
): Promise<void> {
  const [before, after] = [actor.below(20), actor.below(20)];
  const buffer = Buffer.alloc(before + length + after, POISON);
  const reading = opened.handle.read(buffer, before, length, at);
  const expected = readThrough(opened, length, at);
  const { bytesRead } = await reading;
  actor.same(buffer.subarray(before, before + bytesRead), expected, 'handle.read');
  const rest = [buffer.subarray(0, before), buffer.subarray(before + bytesRead)];
  actor.must(
    rest.every((part) => part.every((byte) => byte === POISON)),
    'handle.read wrote beside its place',
  );
}

async function read(actor: Actor): Promise<void> {
  const opened = actor.handle('read');
  if (opened === undefined) return;
  const length = 1 + actor.below(actor.chance(0.1) ? 600_000 : 30_000);
  const at = actor.chance(0.5) ? null : actor.below(opened.file.size + 100);
  actor.note(`handle.read ${length} from ${at} ${shown(opened)}`);
  await readAndCompare(actor, opened, length, at);
}

async function write(actor: Actor): Promise<void> {
  const [opened, bytes] = [actor.handle('write'), actor.bytes()];
  if (opened === undefined || bytes.length === 0) return;
  const at = actor.chance(0.5) ? null : actor.below(Math.min(opened.file.size, 400_000) + 100);
  actor.note(`handle.write ${bytes.length} to ${at} ${shown(opened)}`);
  const { bytesWritten } = await opened.handle.write(bytes, 0, bytes.length, at);
  actor.must(bytesWritten === bytes.length, `handle.write: ${bytesWritten} for ${bytes.length}`);
  writeThrough(opened, bytes, at);
}

async function vectors(actor: Actor): Promise<void> {
  const opened = actor.handle();
  if (opened === undefined) return;
  const at = actor.chance(0.5) ? null : actor.below(opened.file.size + 1);
  const lengths = [1 + actor.below(3000), 1 + actor.below(30_000), 1 + actor.below(300)];
  const total = lengths.reduce((sum, length) => sum + length);
  if (writes(opened)) {
    const parts = lengths.map((length) => Buffer.alloc(length, actor.below(256)));
    actor.note(`handle.writev ${total} to ${at} ${shown(opened)}`);
    await opened.handle.writev(parts, at ?? undefined);
    writeThrough(opened, Buffer.concat(parts), at);
  } else {
    const parts = lengths.map((length) => Buffer.alloc(length));
    actor.note(`handle.readv ${total} from ${at} ${shown(opened)}`);
    const { bytesRead } = await opened.handle.readv(parts, at ?? undefined);
    actor.same(Buffer.concat(parts).subarray(0, bytesRead), readThrough(opened, total, at), 'handle.readv');
  }
}

/** From the handle's own position on. */
async function whole(actor: Actor): Promise<void> {
  const opened = actor.handle();
  if (opened === undefined) return;
  if (writes(opened) && (!reads(opened) || actor.chance(0.5))) {
    const bytes = actor.bytes();
    const name = actor.pick(['writeFile', 'appendFile'] as const);
    actor.note(`handle.${name} ${bytes.length} ${shown(opened)}`);
    await opened.handle[name](bytes);
    if (bytes.length > 0) writeThrough(opened, bytes, null);
  } else {
    actor.note(`handle.readFile ${shown(opened)}`);
    actor.same(
      await opened.handle.readFile(),
      readThrough(opened, opened.file.size, null),
      'handle.readFile',
    );
  }
}

/** Begun together: each takes its turn at the handle's own position. Node's thread pool promises no such order. */
async function inOrder(actor: Actor): Promise<void> {
  const opened = actor.handle();
  if (opened === undefined || actor.bare) return;
  actor.note(`three at once at its own position ${shown(opened)}`);
  const ops = [0, 1, 2].map(async () => {
    if (writes(opened) && (!reads(opened) || actor.chance(0.5))) {
      const bytes = actor.bytes().subarray(0, 200_000);
      if (bytes.length === 0) return;
      const writing = opened.handle.write(bytes);
      writeThrough(opened, bytes, null);
      await writing;
    } else await readAndCompare(actor, opened, 1 + actor.below(20_000), null);
  });
  await Promise.all(ops);
}

/** Several handles on one file write to places of their own, while others read what nobody writes. */
async function together(actor: Actor): Promise<void> {
  const first = actor.handle('write');
  if (first === undefined) return;
  const here = actor.opened.filter((it) => it.file === first.file && /^[rw]/.test(it.flags));
  const slice = 1 + actor.below(40_000);
  actor.note(`${here.length} handles on one file, ${slice} bytes each, of ${first.file.size}`);
  const plans = here.map((opened, i) => ({
    opened,
    at: i * slice,
    bytes: writes(opened) && actor.chance(0.7) ? actor.bytes().subarray(0, slice) : undefined,
  }));
  const before = Buffer.from(first.file.content);
  const ops = plans.map(async ({ opened, at, bytes }) => {
    if (bytes !== undefined) {
      if (bytes.length > 0) await opened.handle.write(bytes, 0, bytes.length, at);
    } else if (reads(opened)) {
      const length = Math.min(slice, Math.max(0, before.length - at));
      if (length === 0) return;
      const { buffer, bytesRead } = await opened.handle.read(Buffer.alloc(length), 0, length, at);
      actor.same(buffer.subarray(0, bytesRead), before.subarray(at, at + length), 'a read beside writes');
    }
  });
  await Promise.all(ops);
  for (const { at, bytes } of plans) if (bytes !== undefined && bytes.length > 0) first.file.write(at, bytes);
}

async function truncate(actor: Actor): Promise<void> {
  const opened = actor.handle('write');
  if (opened === undefined) return;
  const size = actor.below(2 * Math.min(opened.file.size + 1, 100_000));
  actor.note(`handle.truncate to ${size} ${shown(opened)}`);
  await opened.handle.truncate(size);
  opened.file.truncate(size);
}

async function look(actor: Actor): Promise<void> {
  const opened = actor.handle();
  if (opened === undefined) return;
  actor.note(`handle.stat ${shown(opened)}`);
  const { size } = await opened.handle.stat();
  actor.must(size === opened.file.size, `handle.stat: ${size} for ${opened.file.size}`);
  if (actor.chance(0.2)) await opened.handle.datasync();
}

async function close(actor: Actor): Promise<void> {
  if (actor.opened.length === 0) return;
  const [opened] = actor.opened.splice(actor.below(actor.opened.length), 1);
  actor.note(`handle.close ${shown(opened)}`);
  // Begun before the close: it must come to its end all the same.
  const last = reads(opened) && actor.chance(0.5) ? readAndCompare(actor, opened, 5000, 0) : undefined;
  await Promise.all([last, opened.handle.close()]);
}

export const handleActions: Record<string, [weight: number, action: Action]> = {
  'handle.read': [10, read],
  'handle.write': [8, write],
  'handle.readv, writev': [3, vectors],
  'handle.readFile, writeFile': [3, whole],
  'at its own position': [3, inOrder],
  'handles together': [4, together],
  'handle.truncate': [2, truncate],
  'handle.stat, datasync': [3, look],
  'handle.close': [5, close],
};
