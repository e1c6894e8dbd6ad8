import Table from 'cli-table3';
import type { Line, Report } from './report';
import type { Spread } from './statistics';

/** Three digits that mean something. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function range({ min, max }: Spread): string {
  return `${digits(min)} - ${digits(max)}`;
}

// One rule below the head would need one below every row: rows are told apart by their names.
const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

export function reportTable({ lines, ours }: Report): string {
  const table = new Table({
    style: { head: [], border: [] },
    chars: noRules,
    head: [
      'row',
      'subject',
      'us/op',
      'min - max',
      'CPU us/op',
      `${ours} is faster by`,
      'min - max',
      `${ours} CPU`,
    ],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  lines.forEach((line, index) => {
    table.push([line.row === lines[index - 1]?.row ? '' : line.row, ...cells(line)]);
  });
  return table.toString();
}

function cells({ subject, figures: { wallUs, cpuUs }, comparison }: Line): string[] {
  const own = [subject, digits(wallUs.median), range(wallUs), digits(cpuUs.median)];
  if (!comparison) return [...own, '', '', ''];
  const { timesFaster, cpuRatio } = comparison;
  return [...own, `${digits(timesFaster.median)}x`, range(timesFaster), `${digits(cpuRatio.median)}x`];
}
