import Table from 'cli-table3';
import type { Figure, Row, Summary } from './summary';
import { formatCount, formatMs, formatPerFile, formatRatio } from './units';

const skippedCold = 'skipped (use --cold as root)';

// No colours: the tables are also read in logs.
const plain = { head: [], border: [] };
const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** Time, throughput and CPU of every phase, both subjects side by side. */
export function phaseTable(summary: Summary, subjects: readonly [string, string]): string {
  const table = new Table({
    style: plain,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  table.push(
    ['', ...subjects.map((name) => ({ content: name, colSpan: 3, hAlign: 'center' as const })), ''],
    ['phase', 'time', 'files/s', 'CPU', 'time', 'files/s', 'CPU', 'speed-up'],
    ...summary.rows.map(phaseRow),
    summary.cold
      ? phaseRow(summary.cold)
      : ['read (cold)', { content: skippedCold, colSpan: 7, hAlign: 'left' }],
  );
  return table.toString();
}

function phaseRow(row: Row): string[] {
  return [row.name, ...figureCells(row.baseline), ...figureCells(row.contender), formatRatio(row.speedUp)];
}

function figureCells(figure: Figure): string[] {
  return [formatMs(figure.wallMs), formatCount(figure.filesPerSecond), formatMs(figure.cpuMs)];
}

/** What served ringfs's calls, per file; empty text where the counters are not known. */
export function laneTable(summary: Summary): string {
  const rows = [...summary.rows, ...(summary.cold ? [summary.cold] : [])].filter(
    (row) => row.perFile && row.name !== 'hash' && row.name !== 'all five',
  );
  if (rows.length === 0) return '';
  const table = new Table({
    style: plain,
    chars: noRules,
    head: [
      'ringfs, per file',
      'kernel enters',
      'cached hits',
      'ring sqes',
      'blocking ops',
      'wake-ups',
      'most in flight',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { name, perFile } of rows) {
    if (!perFile) continue;
    table.push([
      name,
      ...[perFile.enters, perFile.cachedHits, perFile.sqes, perFile.blockingOps, perFile.notifications].map(
        formatPerFile,
      ),
      formatCount(perFile.maxInFlight),
    ]);
  }
  return table.toString();
}
