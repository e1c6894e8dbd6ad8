import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import os from 'node:os';

/** The magic numbers of statfs(2). */
const filesystems: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'XFS',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  801189825: 'ZFS',
  26985: 'NFS',
};

export function filesystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return filesystems[type] ?? `filesystem 0x${type.toString(16)}`;
}

/** One line: what a number means nothing without. */
export function describeMachine(): string {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() || process.arch;
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  return `${os.type()} ${os.release()}, ${cpus.length} x ${model}, ${memory}`;
}

/** Says so where others use this machine: then a figure is worth little. */
export function warnOfLoad(): void {
  const [load] = os.loadavg();
  if (load > os.cpus().length / 4)
    console.log(
      `the load average is ${load.toFixed(1)}: others use this machine, and its figures are no claim`,
    );
}

/** The commit of this tree, with a plus where files differ from it. */
export function describeCommit(): string {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: __dirname, encoding: 'utf8' }).stdout ?? '';
  const commit = git('rev-parse', '--short', 'HEAD').trim();
  if (commit === '') return 'unknown';
  // Results of earlier runs are no change of what is measured.
  const changed = git('status', '--porcelain', '--', ':/', ':(exclude)../results').trim();
  return changed === '' ? commit : `${commit}+`;
}
