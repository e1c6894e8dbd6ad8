// One table, written two ways.
import Table from 'cli-table3';

export interface TableData {
  title: string;
  /** What to know before reading it; one paragraph each. */
  notes: string[];
  head: string[];
  /** The first so many columns are words; the rest are numbers. */
  words: number;
  rows: string[][];
}

// One rule below the head would need one below every row: rows are told apart by their names.
const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

export function asText({ title, notes, head, words, rows }: TableData): string {
  const table = new Table({
    style: { head: [], border: [] },
    chars: noRules,
    head,
    colAligns: head.map((_, column) => (column < words ? 'left' : 'right')),
  });
  table.push(...rows);
  return [title, ...notes, table.toString()].join('\n');
}

export function asMarkdown({ title, notes, head, words, rows }: TableData): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const strong = (cell: string) => cell.replaceAll('NOT MET', '**not met**');
  return [
    `## ${title}`,
    ...notes.flatMap((note) => ['', note]),
    '',
    line(head),
    line(head.map((_, column) => (column < words ? '---' : '---:'))),
    ...rows.map((cells) => line(cells.map(strong))),
  ].join('\n');
}
