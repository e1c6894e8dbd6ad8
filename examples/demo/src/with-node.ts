import { readFile, writeFile } from 'node:fs/promises';
import { serve } from './worker';

void serve({ readFile, writeFile });
