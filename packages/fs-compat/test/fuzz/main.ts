// npm run fuzz -- [--minutes N | --programs N] [--seed N] [--backend io_uring|threads|node] [--lane NAME]
//                 [--node PATH] [--uid N] [--base FOLDER]... [--program FILE | --path P] [--json FILE]
// Without a limit it goes on until it finds something, or until it is interrupted.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Program } from './program';
import type { Failure, Progress } from './protocol';
import { shown } from './show';
import { defaultBases, RESULTS, type Result, start } from './start';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    programs: { type: 'string' },
    seed: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
    lane: { type: 'string', default: 'auto' },
    node: { type: 'string', default: process.execPath },
    uid: { type: 'string' },
    base: { type: 'string', multiple: true },
    program: { type: 'string' },
    path: { type: 'string' },
    json: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function sayProgress({ programs, calls, milliseconds }: Progress): void {
  const made = Object.values(calls).reduce((sum, n) => sum + n, 0);
  say(`${Math.round(milliseconds / 1000)} s: ${programs} programs, ${made} calls compared`);
}

async function main(): Promise<boolean> {
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 30);
  const minutes = numberOf(values.minutes);
  say(`seed ${seed}, backend ${values.backend}, lane ${values.lane}, ${values.node}`);
  const result = await start(
    values.node,
    {
      backend: values.backend,
      lane: values.lane,
      seed,
      path: values.path ?? null,
      program:
        values.program === undefined
          ? null
          : (JSON.parse(fs.readFileSync(values.program, 'utf8')) as Program),
      bases: (values.base ?? defaultBases()).map((base) => path.resolve(base)),
      programs: numberOf(values.programs),
      milliseconds: minutes === null ? null : minutes * 60_000,
      uid: numberOf(values.uid),
    },
    (progress) => {
      note({ progress });
      if (!values.quiet) sayProgress(progress);
    },
  );
  note(result);
  return conclude(result);
}

/** For whoever started us: fuzz:matrix. */
function note(found: Partial<Result>): void {
  if (values.json !== undefined) fs.writeFileSync(values.json, JSON.stringify(found));
}

function conclude({ started, progress, failure, crash }: Result): boolean {
  if (crash !== undefined) {
    say(`The process ended: ${crash.how}\n${crash.stderr}`);
    if (crash.program !== undefined)
      sayProgram(crash.program, 'It was at this program, which is not shrunk:');
    return false;
  }
  if (failure !== undefined) {
    sayFailure(failure);
    return false;
  }
  say(`No difference. Node ${started?.node}, backend ${started?.backend} (${started?.reason})`);
  if (progress !== undefined) sayProgress(progress);
  return true;
}

function sayFailure(failure: Failure): void {
  say(
    `The two sides differ. Seed ${failure.seed}, path ${failure.path}, in ${failure.base}; ${failure.shrinks} times shrunk.`,
  );
  sayProgram(failure.program, 'The program:');
  if (!failure.again) say('Run once more it showed no difference: chance has a part in it.');
  for (const { at, node, ringfs } of failure.differences) say(shown(at, node, ringfs));
}

function sayProgram(program: Program, head: string): void {
  say(head);
  say(`{ "steps": [\n  ${program.steps.map((step) => JSON.stringify(step)).join(',\n  ')}\n] }`);
  fs.mkdirSync(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `program-${Date.now()}.json`);
  fs.writeFileSync(file, JSON.stringify(program));
  const options = ['backend', 'lane', 'node', 'uid'] as const;
  const same = options.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
  say(`To run it again:\n  npm run fuzz -- --program ${file} ${same.join(' ')}`);
}

void main().then((well) => {
  process.exitCode = well ? 0 : 1;
});
