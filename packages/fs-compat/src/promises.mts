// The ES module face of promises.ts; it shares the CommonJS build's one runtime.
// The star brings types and whatever a newer Node adds. The names below are ours and take precedence over it.
// mkdtempDisposable is not among them: Node 20 and 22 have no such name, and an ES module cannot leave one out where it
// runs on those. Imported by name it is Node's; on the default export it is ours.
import promises from './promises.js';

export * from 'node:fs/promises';
export default promises;

export const {
  access,
  appendFile,
  chmod,
  chown,
  constants,
  copyFile,
  cp,
  lchmod,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  opendir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  symlink,
  truncate,
  unlink,
  utimes,
  watch,
  writeFile,
} = promises;
