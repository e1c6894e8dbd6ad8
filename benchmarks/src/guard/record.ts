// The last recorded run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../report/model';

export const resultsFolder = path.resolve(__dirname, '../../results');

/** The file named, or the report of that folder with the latest date. */
export function findRecord(file: string | undefined, folder = resultsFolder): Report {
  if (file !== undefined) return read(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const reports = names
    .filter((name) => name.startsWith('report-') && name.endsWith('.json'))
    .map((name) => read(path.join(folder, name)))
    .sort((a, b) => a.date.localeCompare(b.date));
  const last = reports.at(-1);
  if (!last) throw new Error(`no recorded run in ${folder}; npm run bench -- --report node20 makes one`);
  return last;
}

function read(file: string): Report {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  if (report.format !== 'ringfs-benchmark-2') throw new Error(`not a report of these benchmarks: ${file}`);
  return report;
}
