import os from 'node:os';
import { runDemo, type Subject } from './demo';
import { parseOptions, usage } from './options';

/** Runs the demo from the command line; the process ends with 0 only when every copy was right. */
export async function main(args: readonly string[], subjects?: readonly [Subject, Subject]): Promise<void> {
  const stop = new AbortController();
  let signalNumber = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The handler stays: a second Ctrl-C must not interrupt the removal of the copies.
    process.on(name, () => {
      signalNumber = os.constants.signals[name];
      stop.abort();
    });
  }

  try {
    const options = parseOptions(args);
    if (options) await runDemo(options, stop.signal, subjects);
    else console.log(usage);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(signalNumber ? '\ninterrupted; the copies are removed' : `\ndemo failed: ${reason}`);
    process.exitCode = signalNumber ? 128 + signalNumber : 1;
  }
}

if (require.main === module) void main(process.argv.slice(2));
