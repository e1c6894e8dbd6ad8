import { createUnlinkRows } from './create-unlink';
import { fileHandleReadRows } from './file-handle-read';
import { mkdirRmdirRows } from './mkdir-rmdir';
import { openCloseRows } from './open-close';
import { readFileRows } from './read-file';
import { statRows } from './stat';
import type { Workload } from './workload';
import { writeFileRows } from './write-file';

export const workloads: readonly Workload[] = [
  ...readFileRows,
  ...writeFileRows,
  ...createUnlinkRows,
  ...statRows,
  ...fileHandleReadRows,
  ...openCloseRows,
  ...mkdirRmdirRows,
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
