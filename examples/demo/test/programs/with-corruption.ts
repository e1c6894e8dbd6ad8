import { readFile, writeFile } from 'node:fs/promises';
import { serve } from '../../dist/worker';
import { flipped } from './flipped';

void serve({ readFile, writeFile: (path, data) => writeFile(path, flipped(data)) });
