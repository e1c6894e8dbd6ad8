// The demo, with a ringfs that writes a changed byte and changes it back when it reads its copy.
import path from 'node:path';
import { baseline, ringfs } from '../../dist/demo';
import { main } from '../../dist/main';

void main(process.argv.slice(2), [
  baseline,
  { ...ringfs, entry: path.join(__dirname, 'with-hidden-corruption.js') },
]);
