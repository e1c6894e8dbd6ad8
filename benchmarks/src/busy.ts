import { spawn } from 'node:child_process';

// It spins in slices, so that it notices when its input ends: it must not outlive the benchmark.
const spin = `
  process.stdin.resume().on('end', () => process.exit());
  (function slice() {
    const end = Date.now() + 50;
    while (Date.now() < end);
    setImmediate(slice);
  })();
`;

/** Keeps this many CPUs busy until the returned function is called: a hop to another thread then costs something else. */
export function keepBusy(cpus: number): () => void {
  const children = Array.from({ length: cpus }, () =>
    spawn(process.execPath, ['-e', spin], { stdio: ['pipe', 'ignore', 'ignore'] }),
  );
  return () => {
    for (const child of children) child.kill();
  };
}
