import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Whether a program of this name can be run from PATH. */
export function hasProgram(name) {
  return (process.env.PATH ?? '').split(path.delimiter).some((dir) => {
    try {
      accessSync(path.join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function hasHeader(name) {
  return ['/usr/include', '/usr/local/include'].some((dir) => existsSync(path.join(dir, name)));
}

/** Looks in the library folders and, for Debian's multiarch layout, one level below them. */
export function hasLibrary(name) {
  return ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib'].some(
    (dir) =>
      existsSync(dir) &&
      (existsSync(path.join(dir, name)) ||
        readdirSync(dir).some((sub) => sub.includes('-linux-') && existsSync(path.join(dir, sub, name)))),
  );
}
