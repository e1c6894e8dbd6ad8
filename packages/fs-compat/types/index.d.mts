// What is exported is what node:fs exports, in the version of @types/node that the program has.
declare const fs: typeof import('node:fs');

export * from 'node:fs';
export default fs;
