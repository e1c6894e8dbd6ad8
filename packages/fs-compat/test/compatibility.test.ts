// docs/compatibility.md is what its template and the results made of it, and names all there is.
import { readFileSync } from 'node:fs';
import * as fsp from 'node:fs/promises';
import * as path from 'node:path';

const docs = path.resolve(__dirname, '../../../docs');
const page = readFileSync(path.join(docs, 'compatibility.md'), 'utf8');
const template = readFileSync(path.join(docs, 'compatibility.template.md'), 'utf8');

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test('the page is its template with results in it, and nothing else', () => {
  const pattern = template
    .split(/\{\{[^}]*\}\}/)
    .map(literally)
    .join('(?:.|\n)+?');
  expect(page).toMatch(new RegExp(`^${pattern}$`));
  expect(page).not.toContain('{{');
});

const tables = page.slice(page.indexOf('## Function by function'), page.indexOf('## Handed through'));

test.each(Object.keys(fsp).filter((name) => name !== 'default'))('the page has a line for %s', (name) => {
  expect(tables).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'));
});

test('the page has a line for every method of a FileHandle, but those of its events and its life', async () => {
  const handle = await fsp.open(__filename);
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(handle));
  await handle.close();
  const inherited = /^(constructor|fd|getAsyncId|handle)$/;
  for (const name of names.filter((name) => !inherited.test(name)))
    expect(tables).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'));
});
