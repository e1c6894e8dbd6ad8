// The cost of an op against how many are in flight: flat is good.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import type { Report } from '../report/model';
import { colourOf, configOf, type Theme } from './theme';

export function growthChart(report: Report, theme: Theme): TopLevelSpec | undefined {
  const measured = report.growth.flatMap(({ subject, inFlight, wallUs }) =>
    wallUs ? [{ subject, inFlight, median: wallUs.median, min: wallUs.min, max: wallUs.max }] : [],
  );
  if (measured.length === 0) return undefined;
  const names = [...new Set(measured.map(({ subject }) => subject))];
  const last = names.map((name) => measured.filter(({ subject }) => subject === name).at(-1));
  const failed = report.growth.filter(({ failure }) => failure !== undefined);
  const color = {
    field: 'subject',
    type: 'nominal',
    legend: null,
    scale: {
      domain: names,
      range: names.map((name) => colourOf(name, report.subjects[name]?.role ?? 'peer', theme)),
    },
  };
  const x = {
    field: 'inFlight',
    type: 'quantitative',
    scale: { type: 'log', domain: [1, 100_000], nice: false },
    axis: { values: [1, 10, 100, 1000, 10_000, 100_000], format: ',', title: 'calls started in one tick' },
  };
  const y = {
    field: 'median',
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    axis: { format: ',~g', title: 'microseconds per op', tickCount: 5 },
  };
  return {
    background: theme.background,
    padding: 18,
    title: {
      text: 'Cost of a cached 4 KiB readFile against calls in flight',
      subtitle: [
        `${report.ours} on ${report.host}, with at most 1,024 descriptors; the others with as many as they want`,
        `${report.machine}${failed.length === 0 ? '' : `; not in the picture: ${failed.map((line) => `${line.subject} at ${line.inFlight} (${line.failure})`).join(', ')}`}`,
      ],
      anchor: 'start',
      offset: 14,
    },
    width: 620,
    height: 300,
    data: { values: measured },
    layer: [
      {
        mark: { type: 'area', opacity: 0.14 },
        encoding: { x, y: { ...y, field: 'min' }, y2: { field: 'max' }, color },
      },
      { mark: { type: 'line', strokeWidth: 2.2, point: { size: 34 } }, encoding: { x, y, color } },
      {
        data: { values: last },
        mark: { type: 'text', align: 'left', dx: 9, fontSize: 12, fontWeight: 'bold' },
        encoding: { x, y, text: { field: 'subject' }, color },
      },
    ],
    config: configOf(theme),
  } as TopLevelSpec;
}
