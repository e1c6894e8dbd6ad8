// What a process holds, as the kernel tells it.
import * as fs from 'node:fs';

export interface State {
  /** Thread names, sorted. */
  threads: string[];
  /** What each open descriptor points to, sorted, but for the one that this look itself needs. */
  descriptors: string[];
  /** The line of /proc/self/limits for RLIMIT_NOFILE. */
  openFiles: string;
}

export function stateNow(): State {
  const threads = fs.readdirSync('/proc/self/task').map((id) => content(`/proc/self/task/${id}/comm`));
  const descriptors = fs.readdirSync('/proc/self/fd').map((fd) => target(`/proc/self/fd/${fd}`));
  const limits = fs.readFileSync('/proc/self/limits', 'utf8').split('\n');
  return {
    threads: threads.sort(),
    descriptors: descriptors.filter((name) => name !== '').sort(),
    openFiles: limits.find((line) => line.startsWith('Max open files')) ?? '',
  };
}

/** Both may be gone by the time they are looked at. */
function content(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function target(link: string): string {
  try {
    return fs.readlinkSync(link);
  } catch {
    return '';
  }
}

/** What `now` has more of than `base`. */
export function grown(base: string[], now: string[]): string[] {
  const left = [...base];
  return now.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
