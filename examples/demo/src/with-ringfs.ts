import { readFile, writeFile } from '@ringfs/fs-compat/promises';
import { serve } from './worker';

void serve({ readFile, writeFile });
