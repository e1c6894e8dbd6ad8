import os from 'node:os';

/** Runs a command's body, which a first Ctrl-C ends in good order; sets the exit code that it resolves with. */
export async function stoppedBySignals(
  name: string,
  codeOfFailure: number,
  body: (signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  let signalNumber = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The handler stays: a second Ctrl-C must not interrupt the removal of the files.
    process.on(signal, () => {
      signalNumber = os.constants.signals[signal];
      stop.abort();
    });
  }
  try {
    process.exitCode = await body(stop.signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(signalNumber ? '\ninterrupted; the files are removed' : `\n${name} failed: ${reason}`);
    process.exitCode = signalNumber ? 128 + signalNumber : codeOfFailure;
  }
}
