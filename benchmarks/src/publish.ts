// A report's files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pictures } from './charts/pictures';
import type { Report } from './report/model';
import { inMarkdown, inText } from './report/words';

export async function publish(report: Report, out: string): Promise<void> {
  const text = inText(report);
  console.log(`\n${text}`);
  mkdirSync(out, { recursive: true });
  const write = (file: string, content: string) => writeFileSync(path.join(out, file), content);
  // First what cannot be measured again: the rest can be made from it.
  write(`${report.name}.json`, `${JSON.stringify(report)}\n`);
  write(`${report.name}.txt`, text);
  const drawn = await pictures(report);
  for (const { file, dark, light, darkened } of drawn) {
    write(file, light);
    write(dark, darkened);
  }
  write(`${report.name}.md`, inMarkdown(report, drawn));
  console.log(
    `results: ${path.join(out, report.name)}.{json,txt,md}, ${drawn.map(({ file }) => file).join(', ')}`,
  );
}

/** Tables and pictures anew, from the numbers of an earlier run. */
export async function redraw(file: string): Promise<void> {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  await publish(report, path.dirname(file));
}
