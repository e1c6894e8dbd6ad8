// docs/failure-modes.md names tests: each of them is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const page = readFileSync(path.join(root, 'docs/failure-modes.md'), 'utf8');
const folders = ['packages/native/test', 'packages/core/test', 'packages/fs-compat/test'];

const sources = folders
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, String(file))),
  )
  .filter((file) => /\.(cc|ts)$/.test(file));
const texts = sources.map((file) => readFileSync(path.join(root, file), 'utf8'));

/** The last column of every line of a table. */
const cells = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').at(-2)?.trim() ?? '')
  .filter((cell) => cell !== 'Test');

test('the page has its tables', () => {
  expect(cells.length).toBeGreaterThan(40);
});

test.each(cells.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map((match) => match[1] as string)))(
  'there is a test named %s',
  (name) => {
    const parts = name.split('...').map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(parts.join('[^\n]*'));
    expect(texts.filter((text) => pattern.test(text))).not.toEqual([]);
  },
);

test.each(
  cells.flatMap((cell) =>
    [...cell.matchAll(/`([\w/-]+(?:_test\.cc|\.test\.ts))`/g)].map((match) => match[1] as string),
  ),
)('there is a file %s', (name) => {
  expect(
    sources.filter((file) => file.endsWith(`/${name}`) && existsSync(path.join(root, file))),
  ).not.toEqual([]);
});
