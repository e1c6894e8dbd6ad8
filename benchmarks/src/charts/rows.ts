// Every row as a small picture of its own: one bar per subject on a logarithmic scale that begins below the floor.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { digits, time } from '../report/digits';
import type { Report, Row, Section } from '../report/model';
import { subjectsOf } from '../report/tables';
import { colourOf, configOf, type Theme } from './theme';

const columns = 3;
const width = 236;

interface Bar {
  subject: string;
  median: number;
  low: number;
  high: number;
  label: string;
}

export function rowsChart(report: Report, theme: Theme): TopLevelSpec | undefined {
  const section = report.sections[0];
  if (!section || section.rows.every(({ subjects }) => Object.keys(subjects).length === 0)) return undefined;
  const names = subjectsOf(section, report).filter((name) => report.subjects[name].role !== 'limit');
  const measured = section.rows.filter(({ subjects }) => Object.keys(subjects).length > 0);
  return {
    background: theme.background,
    padding: 18,
    title: { text: 'Time per operation', subtitle: subtitle(report, section), anchor: 'start', offset: 16 },
    columns,
    spacing: { row: 18, column: 26 },
    concat: measured.map((row) => rowPicture(row, names, report, theme)),
    config: configOf(theme),
  } as TopLevelSpec;
}

function subtitle({ machine, host, ours }: Report, { rounds, filesystem, busyCpus }: Section): string[] {
  const load = busyCpus === 0 ? 'quiet' : `${busyCpus} CPU kept busy`;
  // Short lines: the width of a text is only guessed where there is no browser.
  return [
    'microseconds per op, shorter is better; logarithmic, each row on a scale of its own',
    `median of ${rounds} interleaved rounds, their middle half as a thin line; ${ours} on ${host}; ${load}`,
    `${machine}; ${filesystem}, page cache warm unless the row says cold`,
    'dashed: the floor, plain system calls in C on one core (direct: fio); dotted: the blocking call of the same Node',
    `behind the dot: how many times faster ${ours} is, pair by pair`,
  ];
}

function rowPicture({ row, subjects }: Row, names: readonly string[], report: Report, theme: Theme) {
  const bars: Bar[] = names
    .filter((name) => subjects[name])
    .map((subject) => {
      const { wallUs, comparison } = subjects[subject];
      const times = comparison ? ` · ${digits(comparison.timesFaster.median)}x` : '';
      return { subject, ...wallUs, label: `${time(wallUs.median)}${times}` };
    });
  const marks = [
    { at: subjects.floor?.wallUs.median, dash: [4, 3] },
    { at: subjects.fio?.wallUs.median, dash: [4, 3] },
    { at: subjects['node-sync']?.wallUs.median, dash: [1, 2.5] },
  ].flatMap(({ at, dash }) => (at === undefined ? [] : [{ at, dash }]));
  const least = Math.min(...bars.map(({ low }) => low), ...marks.map(({ at }) => at)) / 1.6;
  const most = Math.max(...bars.map(({ high }) => high));
  // Room at the right for the longest bar's label.
  const scale = { type: 'log', domain: [least, most * (most / least) ** 0.42], nice: false };
  const x = { type: 'quantitative', scale };
  return {
    title: { text: row, anchor: 'start', fontSize: 12.5, offset: 5, color: theme.text },
    width,
    height: { step: 13 },
    data: { values: bars },
    encoding: {
      y: {
        field: 'subject',
        type: 'nominal',
        title: null,
        sort: names,
        scale: { paddingInner: 0.28, paddingOuter: 0.1 },
        axis: { labelFontSize: 10.5, labelPadding: 5 },
      },
    },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          x: { ...x, field: 'median', title: null, axis: null },
          x2: { datum: least },
          color: {
            field: 'subject',
            type: 'nominal',
            legend: null,
            scale: {
              domain: names,
              range: names.map((name) => colourOf(name, report.subjects[name].role, theme)),
            },
          },
        },
      },
      {
        mark: { type: 'rule', color: theme.text, strokeWidth: 1, opacity: 0.7 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 10, color: theme.faint },
        encoding: { x: { ...x, field: 'high' }, text: { field: 'label' } },
      },
      ...marks.map(({ at, dash }) => ({
        data: { values: [{ at }] },
        mark: { type: 'rule', color: theme.limit, strokeWidth: 1.3, strokeDash: dash },
        encoding: { x: { ...x, field: 'at' }, y: null },
      })),
    ],
  };
}
