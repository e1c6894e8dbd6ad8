/** @ringfs/core: the runtime over the native ring, and the op-level API. */
export {
  close,
  fdatasync,
  fsync,
  open,
  type ReadFileOptions,
  read,
  readFile,
  type StatOptions,
  stat,
  type TransferOptions,
  type WriteFileOptions,
  write,
  writeFile,
} from './api.js';
export type { BackendName, LaneName } from './backend.js';
export { type Capabilities, capabilities } from './capabilities.js';
export { type Metrics, metrics } from './metrics.js';
export type { Path } from './pending.js';
