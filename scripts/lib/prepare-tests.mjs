import { buildFaults, buildNative, buildTypeScript, hasAddon } from './build-all.mjs';
import { ensure } from './ensure.mjs';
import { Stop } from './run.mjs';

/** Builds what tests run. Returns whether there is an addon here. */
export function prepareTests() {
  const { native } = ensure(['build', 'test']);
  buildTypeScript();
  if (native) {
    buildNative();
    if (!hasAddon()) throw new Stop('the build made no ringfs.node');
    buildFaults();
  }
  return native;
}
