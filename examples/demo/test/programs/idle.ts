// The demo, with a ringfs that leaves alone what is there already.
import path from 'node:path';
import { baseline, ringfs } from '../../dist/demo';
import { main } from '../../dist/main';

void main(process.argv.slice(2), [baseline, { ...ringfs, entry: path.join(__dirname, 'with-idleness.js') }]);
