/** = node:fs/promises: every name the running Node has. In the bundle a face stands for it, as for index.ts. */
import { promises } from './fs-promises.js';

export = promises;
