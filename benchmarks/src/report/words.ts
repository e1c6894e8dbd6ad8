// The whole report as text, for the terminal, and as Markdown.
import { losses } from './losses';
import type { Report } from './model';
import { delayTable, growthTable, startTable, starvationTable } from './part-tables';
import { asMarkdown, asText, type TableData } from './table';
import { detailTable, overviewTable, verdictTable } from './tables';

export interface Picture {
  file: string;
  dark: string;
  title: string;
}

function tables(report: Report, withDetails: boolean): TableData[] {
  const all = report.sections.flatMap((section) => [
    verdictTable(section, report),
    ...(section.id === 'rows' || withDetails
      ? [overviewTable(section, report, 'wallUs'), overviewTable(section, report, 'cpuUs')]
      : []),
    ...(section.id === 'rows' ? [delayTable(section, report)] : []),
    ...(withDetails ? [detailTable(section, report)] : []),
  ]);
  const parts = [starvationTable(report), growthTable(report), startTable(report)];
  return [...all, ...parts].filter(({ rows }) => rows.length > 0);
}

function setting({ machine, loadBefore, host, commit, date, command, seconds, subjects }: Report): string[] {
  const served = Object.entries(subjects).map(
    ([name, { runtime, served: by }]) => `${name}: ${runtime}${by ? `, ${by}` : ''}`,
  );
  return [
    `${machine}; host ${host}; commit ${commit}; ${date}; ${Math.round(seconds)} s; load average before: ${loadBefore.toFixed(1)}`,
    `made by: ${command}`,
    served.join('; '),
  ];
}

function missed(report: Report): string[] {
  const lost = losses(report);
  return lost.length === 0 ? ['Nowhere: every goal that was measured is met.'] : lost;
}

export function inText(report: Report): string {
  return [
    ...setting(report),
    '',
    ...tables(report, true).map((table) => `${asText(table)}\n`),
    'Where ours loses, or misses its goal:',
    ...missed(report).map((line) => `  ${line}`),
    ...failures(report).map((line) => `FAILED ${line}`),
    ...report.skipped.map((line) => `skipped: ${line}`),
    '',
  ].join('\n');
}

export function inMarkdown(report: Report, pictures: readonly Picture[]): string {
  const drawn = pictures.flatMap(({ file, dark, title }) => [
    '<picture>',
    `<source media="(prefers-color-scheme: dark)" srcset="${dark}">`,
    `<img alt="${title}" src="${file}">`,
    '</picture>',
    '',
  ]);
  return [
    `# ${report.name}`,
    '',
    ...setting(report).map((line) => `- ${line}`),
    '',
    '[How this is measured, and how to read it](../../docs/performance.md)',
    '',
    ...drawn,
    '## Where ours loses, or misses its goal',
    '',
    ...missed(report).map((line) => `- ${line}`),
    ...failures(report).map((line) => `- failed: ${line}`),
    ...report.skipped.map((line) => `- skipped: ${line}`),
    '',
    ...tables(report, false).map((table) => `${asMarkdown(table)}\n`),
  ].join('\n');
}

/** Of all subjects: a row without a peer says less than it seems. */
export function failures({ sections }: Report): string[] {
  return sections.flatMap(({ id, rows }) =>
    rows.flatMap(({ row, failures: of }) =>
      Object.entries(of).map(([name, reason]) => `${id} ${row}: ${name}: ${reason.split('\n')[0]}`),
    ),
  );
}
