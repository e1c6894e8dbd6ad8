import { installDependencies } from './pnpm.mjs';
import { Stop, say } from './run.mjs';
import { installPackages } from './system-packages.mjs';

const oldestNode = [20, 17];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new Stop(`needs Node.js ${oldestNode.join('.')} or newer; this is ${process.version}`);
  }
}

/**
 * Makes the machine ready for these package groups. Returns `{ native }`: false where the addon cannot be built,
 * which is no error, because ringfs then works through its `node` backend.
 */
export function ensure(groups, options = {}) {
  checkNode();
  const lack = installPackages(groups, options);
  if (lack?.command !== undefined) {
    throw new Stop(`system packages are missing. Run this once, then try again:\n\n  ${lack.command}\n`);
  }
  if (lack?.unsupported !== undefined) {
    say(`no native part here (${lack.unsupported}); ringfs works through its "node" backend`);
  }
  if (!options.dryRun) installDependencies(options);
  return { native: lack === undefined };
}
