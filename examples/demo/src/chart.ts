// The closing table as a picture: time and CPU per phase, both subjects side by side.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import type { Row, Summary } from './summary';
import { formatBytes, formatCount, formatMs, formatRatio } from './units';

const colours = ['#9aa5b1', '#d9480f'];
const font = 'DejaVu Sans, Verdana, sans-serif';

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

interface Bar {
  phase: string;
  subject: string;
  seconds: number;
  label: string;
}

export function chart(summary: Summary, subjects: readonly [string, string], machine: string): TopLevelSpec {
  const rows = [...summary.rows, ...(summary.cold ? [summary.cold] : [])];
  const notes = [
    `${formatCount(summary.files)} files, ${formatBytes(summary.bytes)}; 64 calls in flight; median of ${summary.rounds} rounds`,
    machine,
    summary.capabilities
      ? `ringfs ran on: ${summary.capabilities.backend} (${summary.capabilities.reason})`
      : '',
    summary.cold ? '' : 'cold pass: skipped (use --cold as root)',
  ];
  return {
    background: 'white',
    padding: 16,
    title: {
      text: 'Every file under node_modules: read, hashed, copied, verified, written over',
      subtitle: notes.filter((note) => note !== ''),
      anchor: 'start',
      offset: 14,
    },
    hconcat: [
      panel('time (seconds, shorter is better)', bars(rows, subjects, 'wallMs'), subjects, rows),
      panel('CPU time, all threads (seconds)', bars(rows, subjects, 'cpuMs'), subjects, rows),
    ],
    config: {
      font,
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
        symbolSize: 140,
      },
      view: { stroke: null },
    },
  };
}

function bars(rows: readonly Row[], subjects: readonly [string, string], cost: 'wallMs' | 'cpuMs'): Bar[] {
  return rows.flatMap((row) => [
    {
      phase: row.name,
      subject: subjects[0],
      seconds: row.baseline[cost] / 1000,
      label: formatMs(row.baseline[cost]),
    },
    {
      phase: row.name,
      subject: subjects[1],
      seconds: row.contender[cost] / 1000,
      label: `${formatMs(row.contender[cost])}${cost === 'wallMs' ? ` · ${formatRatio(row.speedUp)}` : ''}`,
    },
  ]);
}

function panel(
  title: string,
  values: Bar[],
  subjects: readonly [string, string],
  rows: readonly Row[],
): Panel {
  // Room for the labels, which stand behind the bars.
  const secondsMax = 1.35 * Math.max(...values.map((bar) => bar.seconds));
  return {
    width: 380,
    height: { step: 20 },
    data: { values },
    encoding: {
      y: {
        field: 'phase',
        type: 'nominal',
        title: null,
        sort: rows.map((row) => row.name),
        scale: { paddingInner: 0.35 },
      },
      yOffset: { field: 'subject', sort: [...subjects] },
      x: {
        field: 'seconds',
        type: 'quantitative',
        title,
        scale: { domain: [0, secondsMax] },
        axis: { tickCount: 5 },
      },
    },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          color: { field: 'subject', type: 'nominal', scale: { domain: [...subjects], range: colours } },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 11, color: '#323f4b' },
        encoding: { text: { field: 'label' } },
      },
    ],
  };
}
