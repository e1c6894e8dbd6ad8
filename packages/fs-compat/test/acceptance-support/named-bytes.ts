// Files whose right content follows from their name, so that whoever finds one later can tell each byte that nobody wrote.
//   fresh-*, and all without a rule   written once, from the start: a beginning of its content
//   over-*    written again and again with two contents by turns: each byte is one of theirs
//   holes-*   written at many positions at once: each byte is right or was not written
//   whole-*   renamed from `part of whole-*` when complete: all of its content
import * as fs from 'node:fs';
import * as path from 'node:path';
import { randomFrom } from './random';

/** A prime, so that pages and pieces never look alike; no zeros, which are what a hole reads as. */
const PERIOD = 65_521;
const random = randomFrom(1);
const table = Buffer.from(Array.from({ length: PERIOD }, () => 1 + Math.floor(random() * 255)));

function hash(name: string): number {
  let state = 2166136261;
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16777619);
  return state >>> 0;
}

export function lengthOf(name: string): number {
  const n = hash(`${name}:`);
  // One in sixteen is larger than what the engine writes in one piece.
  return n % 16 === 0 ? 1_100_000 + (n % 100_003) : 1 + (n % 100_003);
}

export function bytesOf(name: string, length = lengthOf(name)): Buffer {
  const from = hash(name) % PERIOD;
  return Buffer.alloc(length, Buffer.concat([table.subarray(from), table.subarray(0, from)]));
}

/** The two contents of a file `over-*`. */
export const versions = (name: string): [Buffer, Buffer] => [bytesOf(`${name} a`), bytesOf(`${name} b`)];

function strangeByte(content: Buffer, allowed: Buffer[], holes: boolean): number {
  return content.findIndex(
    (byte, i) => !(holes && byte === 0) && allowed.every((bytes) => i >= bytes.length || bytes[i] !== byte),
  );
}

/** What is wrong with this file, or ''. With `done`, nothing may be missing. */
export function wrongWith(file: string, done: boolean): string {
  const name = path.basename(file);
  const content = fs.readFileSync(file);
  const allowed = name.startsWith('over-') ? versions(name) : [bytesOf(name.replace(/^part of /, ''))];
  if (allowed.some((bytes) => bytes.equals(content))) return '';
  if (done || name.startsWith('whole-')) return `${file}: ${content.length} bytes, not its content`;
  if (allowed.length === 1 && allowed[0].subarray(0, content.length).equals(content)) return '';
  const at = strangeByte(content, allowed, name.startsWith('holes-'));
  return at < 0 ? '' : `${file}: byte ${at} of ${content.length} is ${content[at]}, which nobody wrote there`;
}

/** Every file below the folder. */
export function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

export function wrongBelow(folder: string, done: boolean): string[] {
  return filesBelow(folder).flatMap((file) => {
    const wrong = wrongWith(file, done);
    return wrong === '' ? [] : [wrong];
  });
}
