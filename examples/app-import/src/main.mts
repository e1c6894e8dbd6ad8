// Counts the lines of its own source. Only the import tells it from a program that uses node:fs/promises.
import { fileURLToPath } from 'node:url';
import { capabilities } from '@ringfs/core';
import { readFile, stat } from '@ringfs/fs-compat/promises';

const self = fileURLToPath(import.meta.url);
const [text, { size }] = await Promise.all([readFile(self, 'utf8'), stat(self)]);

console.log(`${text.split('\n').length} lines, ${size} bytes, read through ${capabilities().backend}`);
