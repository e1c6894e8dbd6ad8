// Makes a fresh clone ready to build and test. Plain JavaScript: it runs before anything is installed.
//   --for=build,test,lint,tidy    which groups of system packages (default: build,test)
//   --relock                      lets pnpm rewrite pnpm-lock.yaml after a package.json changed
//   --dry-run [--pretend-missing=a,b]    only says what it would install
import { parseArgs } from 'node:util';
import { ensure } from './lib/ensure.mjs';
import { main, say } from './lib/run.mjs';

await main(() => {
  const { values } = parseArgs({
    options: {
      for: { type: 'string', default: 'build,test' },
      relock: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      'pretend-missing': { type: 'string', default: '' },
    },
  });
  ensure(values.for.split(','), {
    relock: values.relock,
    dryRun: values['dry-run'],
    pretend: values['pretend-missing'].split(','),
  });
  say('set-up is complete');
});
