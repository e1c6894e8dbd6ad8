import { runBench } from './bench';
import { parseOptions, usage } from './options';
import { redraw } from './publish';
import { failures } from './report/words';
import { stoppedBySignals } from './signals';
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

async function main(signal: AbortSignal): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else if (options === 'list') console.log(list());
  else if ('redraw' in options) await redraw(options.redraw);
  else if (failures(await runBench(options, signal)).length > 0) return 1;
  return 0;
}

void stoppedBySignals('bench', 1, main);
