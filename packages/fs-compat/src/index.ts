/** = node:fs: every name the running Node has. */
import { fs } from './fs.js';

export = fs;
