/**
 * Globals that an op needs by name, as they are at load: whoever takes one away later, or puts something else in its place,
 * does that to his own code.
 */
export const globals = Object.freeze({ Promise, URL, Uint8Array });
