/** A line for each file and one for each group: how many lines and branches were met. */
export function printTable(title, files) {
  const width = Math.max(...files.map(({ name }) => name.length), 20);
  const row = (name, lines, branches) =>
    process.stdout.write(`${name.padEnd(width)}  ${lines.padStart(22)}  ${branches.padStart(22)}\n`);
  process.stdout.write(`\n${title}\n`);
  row('', 'lines', 'branches');
  for (const { name, lines, branches } of files) row(name, share(lines), share(branches));
  const total = { lines: sum(files, 'lines'), branches: sum(files, 'branches') };
  row('all', share(total.lines), share(total.branches));
  return { lines: percent(total.lines), branches: percent(total.branches) };
}

function sum(files, what) {
  const all = { met: 0, of: 0 };
  for (const file of files) {
    all.met += file[what].met;
    all.of += file[what].of;
  }
  return all;
}

function percent({ met, of }) {
  return of === 0 ? 100 : (100 * met) / of;
}

function share(counts) {
  return `${counts.met} of ${counts.of} ${percent(counts).toFixed(1).padStart(6)} %`;
}
