/** Every op of the engine as a promise and a handle to cancel it by; arguments are taken as they are. */
export { close, closeHandle, open, openHandle, read, sync, truncate, write } from './descriptor.js';
export { access, mkdir, mkdirAll, rename, unlink } from './path.js';
export { readDescriptor, readFile, type Wanted } from './read-file.js';
export { readdir } from './readdir.js';
export { rm } from './rm.js';
export { fstat, stat } from './stat.js';
export { writeDescriptor, writeFile } from './write-file.js';
