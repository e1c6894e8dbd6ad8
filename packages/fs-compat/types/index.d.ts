// What is exported is what node:fs exports, in the version of @types/node that the program has.
import fs = require('node:fs');
export = fs;
