/** = node:fs/promises: every name the running Node has. */
import { promises } from './fs-promises.js';

export = promises;
