// Where ours does not reach what it has to, in words.
import { digits } from './digits';
import type { Report, Row, Section } from './model';
import { delayLines } from './part-tables';

/** One line each; an empty list means that every goal that was measured is met. */
export function losses(report: Report): string[] {
  return [
    ...report.sections.flatMap((section) => section.rows.flatMap((row) => ofRow(row, section, report))),
    ...report.sections.flatMap((section) =>
      delayLines(section, report)
        .filter(({ met }) => !met)
        .map(({ row, oursMs, hostMs }) => {
          const both = `${digits(oursMs)} ms p99 against ${digits(hostMs)} ms`;
          return `${place(section)}${row}: the event loop is held longer than by the host itself, ${both}`;
        }),
    ),
    ...report.starvation
      .filter(({ met }) => met === false)
      .map(({ kind, calm, starved }) => {
        const change = `p50 ${digits(calm.p50Ms)} -> ${digits(starved.p50Ms)} ms`;
        return `starvation, ${kind}: ${change}, p99 ${digits(calm.p99Ms)} -> ${digits(starved.p99Ms)} ms`;
      }),
    ...report.growth
      .filter(({ subject, failure }) => subject === report.ours && failure !== undefined)
      .map(({ inFlight, failure }) => `growth: ${inFlight} in flight failed: ${failure}`),
    ...report.start
      .filter(({ met }) => !met)
      .map(
        ({ way, importMs }) =>
          `start by ${way}: ${digits(importMs.median)} ms; the goal is 10 ms, no thread and no descriptor`,
      ),
  ];
}

function place({ id, filesystem, busyCpus }: Section): string {
  if (id === 'rows') return '';
  return id === 'busy' ? `with ${busyCpus} CPU busy, ` : `on ${filesystem}, `;
}

function ofRow({ row, subjects, failures, verdict }: Row, section: Section, report: Report): string[] {
  const { ours } = report;
  const where = `${place(section)}${row}`;
  if (ours in failures) return [`${where}: FAILED: ${failures[ours].split('\n')[0]}`];
  const slower = Object.entries(subjects).flatMap(([name, { comparison }]) =>
    report.subjects[name]?.role === 'peer' && comparison && comparison.timesFaster.median < 0.995
      ? [`${name} (${digits(comparison.timesFaster.median)}x)`]
      : [],
  );
  if (!verdict) return slower.length > 0 ? [`${where}: ${ours} is slower than ${slower.join(', ')}`] : [];
  const { bestPeer, timesFaster, timesSync, shareOfFio, goal, speedMet, cpuRatio, cpuGoal, cpuMet } = verdict;
  const reached = timesSync
    ? `${digits(timesSync.median)}x of sync and ${digits(timesFaster.median)}x the speed of ${bestPeer}`
    : `${digits((shareOfFio ?? timesFaster).median)}x the speed of ${shareOfFio ? 'fio' : bestPeer}`;
  return [
    ...(speedMet === false ? [`${where}: ${reached}; the goal is ${goal}`] : []),
    ...(cpuMet
      ? []
      : [`${where}: ${digits(cpuRatio.median)}x the CPU time of ${bestPeer}; the goal is ${cpuGoal}x`]),
  ];
}
