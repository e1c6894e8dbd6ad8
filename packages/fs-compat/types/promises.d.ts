// What is exported is what node:fs/promises exports, in the version of @types/node that the program has.
import promises = require('node:fs/promises');
export = promises;
