// The demo, with a ringfs that changes a byte of every file it writes.
import path from 'node:path';
import { baseline, ringfs } from '../../dist/demo';
import { main } from '../../dist/main';

void main(process.argv.slice(2), [
  baseline,
  { ...ringfs, entry: path.join(__dirname, 'with-corruption.js') },
]);
