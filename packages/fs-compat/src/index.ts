/** = node:fs: every name the running Node has. In the bundle a face made by scripts/lib/bundle.mjs stands for it. */
import { fs } from './fs.js';

export = fs;
