// How many calls took at most so long, while eight pbkdf2 chains want the thread pool: further left is better.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { kinds } from '../parts/starvation';
import type { Report } from '../report/model';
import { colourOf, configOf, type Theme } from './theme';

export function starvationChart(report: Report, theme: Theme): TopLevelSpec | undefined {
  if (report.starvation.length === 0) return undefined;
  const values = report.starvation.flatMap(({ subject, kind, calm, starved }) =>
    Object.entries({ calm, starved }).flatMap(([load, { curve }]) =>
      curve.map(([share, ms]) => ({ subject, kind, load, percent: share * 100, ms })),
    ),
  );
  const names = [...new Set(values.map(({ subject }) => subject))];
  const [least, most] = [Math.min(...values.map(({ ms }) => ms)), Math.max(...values.map(({ ms }) => ms))];
  return {
    background: theme.background,
    padding: 18,
    title: {
      text: 'File calls while eight pbkdf2 chains want the thread pool',
      subtitle: [
        'share of the calls that took at most so long, in milliseconds (logarithmic); solid: starved, dashed: nothing else going on',
        `${report.ours} on ${report.host}; ${report.machine}`,
      ],
      anchor: 'start',
      offset: 14,
    },
    data: { values },
    facet: { field: 'kind', type: 'nominal', title: null, sort: [...kinds] },
    columns: 2,
    spacing: { row: 26, column: 34 },
    spec: {
      width: 340,
      height: 180,
      mark: { type: 'line', strokeWidth: 2, interpolate: 'monotone' },
      encoding: {
        x: {
          field: 'ms',
          type: 'quantitative',
          scale: { type: 'log', domain: [least, most], nice: true },
          axis: { format: ',~g', title: 'milliseconds', tickCount: 6 },
        },
        y: {
          field: 'percent',
          type: 'quantitative',
          scale: { domain: [0, 100] },
          axis: { title: '% of calls', tickCount: 5 },
        },
        order: { field: 'percent' },
        color: {
          field: 'subject',
          type: 'nominal',
          scale: {
            domain: names,
            range: names.map((name) => colourOf(name, report.subjects[name]?.role ?? 'peer', theme)),
          },
          legend: { symbolType: 'stroke', symbolStrokeWidth: 4 },
        },
        strokeDash: {
          field: 'load',
          type: 'nominal',
          scale: {
            domain: ['starved', 'calm'],
            range: [
              [1, 0],
              [4, 3],
            ],
          },
          legend: null,
        },
        opacity: {
          field: 'load',
          type: 'nominal',
          scale: { domain: ['starved', 'calm'], range: [1, 0.55] },
          legend: null,
        },
      },
    },
    config: configOf(theme),
  } as TopLevelSpec;
}
