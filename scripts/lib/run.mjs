import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** An error whose message is meant for the person at the keyboard: shown without a stack. */
export class Stop extends Error {}

export function say(text) {
  process.stdout.write(`ringfs: ${text}\n`);
}

/** Runs a command with its output on the terminal; returns whether it succeeded. */
export function attempt(command, args, options = {}) {
  const { env, ...rest } = options;
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    ...rest,
  });
  return result.status === 0;
}

export function run(command, args, options = {}) {
  if (!attempt(command, args, options)) {
    throw new Stop(`failed: ${[path.basename(command), ...args].join(' ')}`);
  }
}

/** Runs a script's body; ends the process with 1 and a readable line if it throws. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`ringfs: ${error instanceof Stop ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
