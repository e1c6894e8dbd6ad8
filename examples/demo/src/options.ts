import path from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** The folder that is read. */
  tree: string;
  /** The folder the picture and the numbers are written to. */
  out: string;
  rounds: number;
  cold: boolean;
}

const here = path.resolve(__dirname, '..');

export const usage = `Usage: demo [options]

  --cold         also read with an empty page cache (root only: drops the page cache of the whole machine)
  --rounds N     rounds per subject, the median counts (default 3)
  --tree DIR     what to read (default: the repository's node_modules)
  --out DIR      where the picture and the numbers go (default: examples/demo/out)
  --help         this text
`;

/** Returns undefined when help was asked for; throws on anything it does not know. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    // Some package managers hand on the `--` that stands before a script's arguments.
    args: args.filter((arg) => arg !== '--'),
    options: {
      cold: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      tree: { type: 'string', default: path.join(here, '../../node_modules') },
      out: { type: 'string', default: path.join(here, 'out') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: not a positive number: ${values.rounds}`);
  return { tree: path.resolve(values.tree), out: path.resolve(values.out), rounds, cold: values.cold };
}
