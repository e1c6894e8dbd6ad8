// Before the package is packed: a tarball without the addon would install everywhere and be fast nowhere.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const addon = fileURLToPath(new URL('../build/Release/ringfs.node', import.meta.url));
if (!existsSync(addon)) {
  console.error(`ringfs: there is no ${addon} to pack. Build it first, on Linux: npm run build`);
  process.exitCode = 1;
}
