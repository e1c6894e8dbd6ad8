/** Asked for at the first op that has to know: node:worker_threads is a third of what importing us would cost. */

let main: boolean | undefined;

export function inMainThread(): boolean {
  main ??= (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread;
  return main;
}
