// The cost of an op against how many are in flight: flat is good.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { fewDescriptors } from '../parts/growth';
import type { Report } from '../report/model';
import { colourOf, configOf, type Theme } from './theme';

export function growthChart(report: Report, theme: Theme): TopLevelSpec | undefined {
  const measured = report.growth.flatMap(({ subject, inFlight, wallUs }) =>
    wallUs ? [{ subject, inFlight, median: wallUs.median, min: wallUs.min, max: wallUs.max }] : [],
  );
  if (measured.length === 0) return undefined;
  const names = [...new Set(measured.map(({ subject }) => subject))];
  const [least, most] = [
    Math.min(...measured.map(({ min }) => min)) / 1.5,
    Math.max(...measured.map(({ max }) => max)) * 1.5,
  ];
  const powersOfTen = Array.from({ length: 12 }, (_, index) => 10 ** (index - 4));
  const ticks = powersOfTen.flatMap((power) => [power, 2 * power, 5 * power]);
  const last = apart(
    names.flatMap((name) => measured.filter(({ subject }) => subject === name).slice(-1)),
    // The height of a letter, of 300 in all.
    (most / least) ** (15 / 300),
  );
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
    scale: { type: 'log', domain: [least, most], nice: false },
    axis: { format: ',~g', title: 'microseconds per op', values: ticks },
  };
  return {
    background: theme.background,
    padding: 18,
    title: {
      text: 'Cost of a cached 4 KiB readFile against calls in flight',
      // Short lines: the width of a text is only guessed where there is no browser.
      subtitle: [
        `${report.ours} on ${report.host}, with at most ${fewDescriptors} descriptors`,
        'the others with as many as the machine allows',
        report.machine,
        ...failed.map((line) => `not in the picture: ${line.subject} with ${line.inFlight}: ${line.failure}`),
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
        encoding: { x, y: { ...y, field: 'at' }, text: { field: 'subject' }, color },
      },
    ],
    config: configOf(theme),
  } as TopLevelSpec;
}

/** Names at the ends of the lines, none on another. */
function apart<Point extends { median: number }>(
  points: readonly Point[],
  factor: number,
): (Point & { at: number })[] {
  let lowest = 0;
  return [...points]
    .sort((a, b) => a.median - b.median)
    .map((point) => {
      const at = Math.max(point.median, lowest);
      lowest = at * factor;
      return { ...point, at };
    });
}
