/** Every op of the engine as a promise and a handle to cancel it by; arguments are taken as they are. */
export { chmod, chown, fchmod, fchown, futimes, utimes } from './attributes.js';
export {
  close,
  closeHandle,
  open,
  openHandle,
  read,
  sync,
  truncate,
  truncatePath,
  write,
} from './descriptor.js';
export { closeFolder, closeFolderNow, opendir, readFolder, readFolderNow } from './folder.js';
export { mkdtemp, readlink, realpath } from './names.js';
export { accessNow, fstatNow, openHandleNow, readFileNow, readNow, statNow } from './now.js';
export { access, copyFile, link, mkdir, mkdirAll, rename, rmdir, symlink, unlink } from './path.js';
export { readDescriptor, readFile, type Wanted } from './read-file.js';
export { readdir } from './readdir.js';
export { rm } from './rm.js';
export { fstat, stat } from './stat.js';
export { statfs } from './statfs.js';
export { writeDescriptor, writeFile } from './write-file.js';
