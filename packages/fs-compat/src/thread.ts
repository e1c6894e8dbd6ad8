/** Asked for at the first op that has to know: to load node:worker_threads takes 1.2 ms, to require us 8. */

let main: boolean | undefined;

export function inMainThread(): boolean {
  main ??= (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread;
  return main;
}
