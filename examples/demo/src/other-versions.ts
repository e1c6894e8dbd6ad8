import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/**
 * Makes each file an older version of itself, unmeasured and through neither subject: every other one a byte longer, the
 * rest a byte shorter. Who then writes nothing over one of them is found out when the copies are checked.
 */
export function makeOtherVersions(paths: readonly string[]): void {
  paths.forEach((path, index) => {
    const fd = openSync(path, 'r+');
    const { size } = fstatSync(fd);
    if (size === 0 || index % 2 === 0) writeSync(fd, '.', size);
    else ftruncateSync(fd, size - 1);
    closeSync(fd);
  });
}
