// All rows as bars: time per op on a logarithmic scale, with the range of the rounds as a thin line.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import type { Report } from './report';
import { digits } from './table';

// Ours stands out; peers are shades of grey and blue.
const oursColour = '#d9480f';
const peerColours = ['#9aa5b1', '#5b8db8', '#323f4b', '#b8c4ce', '#2f6690', '#7b8794'];

export function chart(report: Report): TopLevelSpec {
  const names = Object.keys(report.subjects);
  const peers = names.filter((name) => name !== report.ours);
  const colours = names.map((name) =>
    name === report.ours ? oursColour : peerColours[peers.indexOf(name) % 6],
  );
  const values = report.lines.map(({ row, subject, figures: { wallUs }, comparison }) => ({
    row,
    subject,
    ...wallUs,
    label: `${digits(wallUs.median)}${comparison ? ` · ${report.ours} ${digits(comparison.timesFaster.median)}x` : ''}`,
  }));
  // A bar on a logarithmic scale has no zero to begin at.
  const least = 10 ** Math.floor(Math.log10(Math.min(...values.map(({ min }) => min)) / 1.5));
  const most = 6 * Math.max(...values.map(({ max }) => max));
  const powersOfTen = Array.from({ length: 12 }, (_, exponent) => least * 10 ** exponent).filter(
    (tick) => tick <= most,
  );
  const scale = { type: 'log' as const, domain: [least, most], nice: false };

  return {
    background: 'white',
    padding: 16,
    title: {
      text: `Time per operation: ${names.join(', ')}`,
      subtitle: [
        report.machine,
        ...names.map((name) => describeSubject(name, report)),
        `median of ${report.rounds} interleaved rounds, thin line: fastest to slowest round; ` +
          `${report.busyCpus === 0 ? 'no CPU kept busy' : `${report.busyCpus} CPU kept busy`}`,
      ],
      anchor: 'start',
      offset: 14,
    },
    width: 620,
    height: { step: 15 },
    data: { values },
    encoding: {
      y: { field: 'row', type: 'nominal', title: null, sort: null, scale: { paddingInner: 0.35 } },
      yOffset: { field: 'subject', sort: names },
    },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          x: {
            field: 'median',
            type: 'quantitative',
            scale,
            title: 'microseconds per op, logarithmic (shorter is better)',
            axis: { format: ',~g', values: powersOfTen },
          },
          x2: { datum: least },
          color: { field: 'subject', type: 'nominal', scale: { domain: names, range: colours } },
        },
      },
      {
        mark: { type: 'rule', color: '#1f2933', strokeWidth: 1 },
        encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 10.5, color: '#323f4b' },
        encoding: { x: { field: 'max', type: 'quantitative' }, text: { field: 'label' } },
      },
    ],
    config: {
      font: 'DejaVu Sans, Verdana, sans-serif',
      title: { fontSize: 18, subtitleFontSize: 12, subtitleColor: '#52606d', subtitlePadding: 6 },
      axis: {
        labelLimit: 0,
        labelPadding: 6,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 'normal',
        domain: false,
        ticks: false,
      },
      legend: {
        labelLimit: 0,
        labelFontSize: 13,
        orient: 'top',
        title: null,
        offset: 12,
        symbolType: 'square',
      },
      view: { stroke: null },
    },
  };
}

function describeSubject(name: string, { subjects }: Report): string {
  const { runtime, served } = subjects[name];
  return `${name}: ${runtime}${served ? `, ${served}` : ''}`;
}
