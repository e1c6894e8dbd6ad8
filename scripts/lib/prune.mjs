import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectFolders } from './workspace.mjs';

const pairs = [
  ['src', 'dist'],
  ['test', 'dist-test'],
];

/** `tsc -b` leaves the output of deleted sources behind, and jest would go on running it: remove it. */
export function pruneStaleOutput() {
  for (const project of projectFolders()) {
    for (const [source, output] of pairs) {
      const out = path.join(project, output);
      if (!existsSync(path.join(project, source)) || !existsSync(out)) continue;
      for (const file of readdirSync(out, { recursive: true })) {
        const match = /^(.*?)(?:\.d)?\.(m?)(?:js|ts)(?:\.map)?$/.exec(file);
        if (match && !existsSync(path.join(project, source, `${match[1]}.${match[2]}ts`))) {
          rmSync(path.join(out, file));
        }
      }
    }
  }
}
