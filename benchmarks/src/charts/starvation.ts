// How many calls took at most so long, while eight pbkdf2 chains want the thread pool: further left is better.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { kinds } from '../parts/starvation';
import type { Report } from '../report/model';
import { colourOf, configOf, type Theme } from './theme';

const solid = [1, 0];
const dashed = [4, 3];
const powersOfTen = Array.from({ length: 12 }, (_, index) => 10 ** (index - 5));

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
      // Short lines: the width of a text is only guessed where there is no browser.
      subtitle: [
        'share of the calls that took at most so many milliseconds (logarithmic)',
        'solid: starved; dashed: nothing else going on in the process',
        `${report.ours} on ${report.host}; ${report.machine}`,
      ],
      anchor: 'start',
      offset: 14,
    },
    columns: 2,
    spacing: { row: 22, column: 30 },
    concat: kinds.map((kind, index) => ({
      title: { text: kind, anchor: 'start', fontSize: 12.5, offset: 6, color: theme.text },
      width: 350,
      height: 170,
      data: { values: values.filter((value) => value.kind === kind) },
      mark: { type: 'line', strokeWidth: 2.2, interpolate: 'monotone' },
      encoding: {
        x: {
          field: 'ms',
          type: 'quantitative',
          scale: { type: 'log', domain: [least / 1.2, most * 1.2], nice: false },
          axis: { format: ',~g', title: index < 2 ? null : 'milliseconds', values: powersOfTen },
        },
        y: {
          field: 'percent',
          type: 'quantitative',
          scale: { domain: [0, 100] },
          axis: { title: index % 2 === 0 ? '% of the calls' : null, tickCount: 5 },
        },
        order: { field: 'percent' },
        detail: { field: 'load' },
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
          scale: { domain: ['starved', 'calm'], range: [solid, dashed] },
          legend: null,
        },
        strokeOpacity: {
          condition: { test: "datum.load === 'calm'", value: 0.6 },
          value: 1,
        },
      },
    })),
    config: configOf(theme),
  } as TopLevelSpec;
}
