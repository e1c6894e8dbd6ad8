import os from 'node:os';
import { runBench } from './bench';
import { parseOptions, usage } from './options';
import { failures } from './report/words';
import { subjects } from './subjects';
import { workloads } from './workloads';

function list(): string {
  return [
    'rows:',
    ...workloads.map(
      ({ row, ops, concurrency }) => `  ${row} (${concurrency} in flight, at most ${ops} ops a round)`,
    ),
    'subjects:',
    ...subjects.map(({ name, about }) => `  ${name}: ${about}`),
  ].join('\n');
}

async function main(args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  let signalNumber = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The handler stays: a second Ctrl-C must not interrupt the removal of the files.
    process.on(name, () => {
      signalNumber = os.constants.signals[name];
      stop.abort();
    });
  }

  try {
    const options = parseOptions(args);
    if (options === 'help') console.log(usage);
    else if (options === 'list') console.log(list());
    else if (failures(await runBench(options, stop.signal)).length > 0) process.exitCode = 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(signalNumber ? '\ninterrupted; the files are removed' : `\nbench failed: ${reason}`);
    process.exitCode = signalNumber ? 128 + signalNumber : 1;
  }
}

void main(process.argv.slice(2));
