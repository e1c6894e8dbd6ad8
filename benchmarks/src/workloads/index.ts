import { createUnlinkRows } from './create-unlink';
import { directReadRows } from './direct-read';
import { fileHandleReadRows } from './file-handle-read';
import { mkdirRmdirRows } from './mkdir-rmdir';
import { openCloseRows } from './open-close';
import { coldRows, readFileRows } from './read-file';
import { readdirRows } from './readdir';
import { statRows } from './stat';
import type { Workload } from './workload';
import { writeFileRows } from './write-file';

export const workloads: readonly Workload[] = [
  ...readFileRows,
  ...writeFileRows,
  ...statRows,
  ...fileHandleReadRows,
  ...openCloseRows,
  ...createUnlinkRows,
  ...mkdirRmdirRows,
  ...readdirRows,
  // Last: they take pages out of the cache, and one of them fills it with a large file.
  ...coldRows,
  ...directReadRows,
];

export function findWorkload(row: string): Workload {
  const found = workloads.find((workload) => workload.row === row);
  if (found) return found;
  throw new Error(`no row is called ${row}; --list shows them`);
}

/** The rows with these names, or all whose name begins with one of them. */
export function selectWorkloads(names: readonly string[]): Workload[] {
  for (const name of names) {
    if (!workloads.some(({ row }) => row.startsWith(name)))
      throw new Error(`no row is called ${name}; --list shows them`);
  }
  return workloads.filter(
    ({ row }) => names.length === 0 || names.some((name) => row === name || row.startsWith(name)),
  );
}
