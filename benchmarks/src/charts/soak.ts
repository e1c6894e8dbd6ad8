// Memory, descriptors and threads of a soak (packages/fs-compat/test/soak) over time: flat is good.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { configOf, type Theme } from './theme';

export interface SoakSample {
  seconds: number;
  rss: number;
  external: number;
  heapUsed: number;
  descriptors: number;
  threads: number;
  ops: number;
}

export interface SoakReport {
  node: string;
  backend: string;
  seed: number;
  samples: readonly SoakSample[];
}

/** Points in a line: an hour has 3,600, and a picture need not hold them all. */
const MOST_POINTS = 600;

export function soakChart(report: SoakReport, theme: Theme): TopLevelSpec {
  const { samples } = report;
  const last = samples[samples.length - 1];
  const every = Math.ceil(samples.length / MOST_POINTS);
  const points = samples.filter((_, at) => at % every === 0);
  const ofMemory = [
    ['resident', 'rss'],
    ['external', 'external'],
    ['JavaScript heap', 'heapUsed'],
  ] as const;
  const lines = (kinds: readonly (readonly [string, keyof SoakSample])[], unit: number) =>
    points.flatMap((sample) =>
      kinds.map(([name, key]) => ({ name, minutes: sample.seconds / 60, value: sample[key] / unit })),
    );
  const panel = (title: string, height: number, values: object[], names: string[], colours: string[]) => ({
    width: 620,
    height,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.4 },
    encoding: {
      x: { field: 'minutes', type: 'quantitative', axis: { title: 'minutes' } },
      y: { field: 'value', type: 'quantitative', axis: { title } },
      color: { field: 'name', type: 'nominal', scale: { domain: names, range: colours } },
    },
  });
  const { ours, peers, faint } = theme;
  return {
    background: theme.background,
    padding: 18,
    title: {
      text: 'Random reads, writes, truncates and renames against a model',
      subtitle: [
        `${last.ops.toLocaleString('en')} ops in ${(last.seconds / 60).toFixed(1)} minutes without a difference`,
        `Node ${report.node}, ${report.backend}, seed ${report.seed}`,
      ],
      anchor: 'start',
      offset: 14,
    },
    vconcat: [
      panel(
        'MiB',
        220,
        lines(ofMemory, 1 << 20),
        ofMemory.map(([name]) => name),
        [ours, peers.deno, peers.node],
      ),
      panel(
        'how many',
        140,
        lines(
          [
            ['descriptors', 'descriptors'],
            ['threads', 'threads'],
          ],
          1,
        ),
        ['descriptors', 'threads'],
        [peers.bun, faint],
      ),
    ],
    resolve: { scale: { color: 'independent' } },
    config: configOf(theme),
  } as TopLevelSpec;
}
