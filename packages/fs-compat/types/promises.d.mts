// What is exported is what node:fs/promises exports, in the version of @types/node that the program has.
declare const promises: typeof import('node:fs/promises');

export * from 'node:fs/promises';
export default promises;
