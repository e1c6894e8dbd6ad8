// Writes the tables of the README anew from the last reports (benchmarks/results), between the lines that mark them.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { main, root, Stop } from './lib/run.mjs';

const readme = path.join(root, 'README.md');

/** Three digits: the rest is noise. */
const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function table(host) {
  const file = path.join(root, 'benchmarks/results', `report-${host}.json`);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const { rows } = report.sections.find(({ id }) => id === 'rows');
  const peers = [...new Set([host, 'node26', 'bun', 'deno'])].filter((name) => name in report.subjects);
  const lines = rows.map(({ row, subjects, verdict }) => {
    const time = (name) => (subjects[name] ? digits(subjects[name].wallUs.median) : '-');
    const ratio = ({ median }) => `${digits(median)}x`;
    const best = verdict ? `${ratio(verdict.timesFaster)} ${verdict.bestPeer}` : '-';
    const own = subjects[host]?.comparison;
    return [row, time('ringfs'), ...peers.map(time), own ? ratio(own.timesFaster) : '-', best];
  });
  const heads = ['row', 'ringfs', ...peers, `speed by ${host}`, 'speed by the fastest peer'];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = line(heads.map((_, column) => (column === 0 ? '---' : '---:')));
  const made = `Microseconds per op, median of the rounds; ${report.machine}, commit ${report.commit}, \`${report.command}\`.`;
  return [made, '', line(heads), rule, ...lines.map(line)].join('\n');
}

await main(() => {
  const text = readFileSync(readme, 'utf8');
  const marked = /(<!-- report: (\w+) -->\n).*?(<!-- end -->)/gs;
  if (text.search(marked) < 0) throw new Stop('no table is marked in README.md');
  writeFileSync(
    readme,
    text.replace(marked, (_, begin, host, end) => `${begin}${table(host)}\n${end}`),
  );
});
