// The event loop, starvation, growth and start as tables.
import { digits, range as rangeOf, yesNo } from './digits';
import type { Report, Section } from './model';
import type { TableData } from './table';

/** Beyond the host's own delay under the same load. */
const delayAllowedMs = 1;

/** The host's bare Node: what ours is compared with where both run the same loop. */
export function hostPeer({ subjects, host }: Report): string | undefined {
  return Object.keys(subjects).find(
    (name) => subjects[name].role === 'peer' && subjects[name].runtime === host && !name.endsWith('-uring'),
  );
}

export interface DelayLine {
  row: string;
  oursMaxMs: number;
  hostMaxMs: number;
  oursMs: number;
  hostMs: number;
  met: boolean;
}

export function delayLines(section: Section, report: Report): DelayLine[] {
  const peer = hostPeer(report);
  return section.rows.flatMap(({ row, subjects }) => {
    const [own, other] = [subjects[report.ours]?.delay, peer ? subjects[peer]?.delay : undefined];
    if (!own || !other) return [];
    const longest = { oursMaxMs: own.maxMs, hostMaxMs: other.maxMs };
    return [
      {
        row,
        ...longest,
        oursMs: own.p99Ms,
        hostMs: other.p99Ms,
        met: own.p99Ms <= other.p99Ms + delayAllowedMs,
      },
    ];
  });
}

export function delayTable(section: Section, report: Report): TableData {
  const peer = hostPeer(report) ?? '';
  return {
    title: 'The event loop meanwhile',
    notes: [
      'p99 and longest time from one tick of a 1 ms timer to the next (perf_hooks.monitorEventLoopDelay; about 1.1 ms is an ' +
        `idle loop), in milliseconds. The goal: at most ${delayAllowedMs} ms above ${peer} under the same load.`,
    ],
    head: ['row', `${report.ours} p99`, `${peer} p99`, `${report.ours} max`, `${peer} max`, 'goal is'],
    words: 1,
    rows: delayLines(section, report).map(({ row, oursMs, hostMs, oursMaxMs, hostMaxMs, met }) => [
      row,
      ...[oursMs, hostMs, oursMaxMs, hostMaxMs].map(digits),
      yesNo(met),
    ]),
  };
}

export function starvationTable({ starvation }: Report): TableData {
  return {
    title: 'A starved thread pool',
    notes: [
      'Latency of single calls in milliseconds, calm and with eight chains of crypto.pbkdf2 in the same process. The goal for cached ' +
        'reads: p99 within 2x of calm, or 0.2 ms; for the others: p50 within 3x of calm or 1 ms, p99 below 15 ms.',
    ],
    head: [
      'call',
      'subject',
      'calm p50',
      'calm p99',
      'starved p50',
      'starved p99',
      'starved max',
      'calls',
      'goal is',
    ],
    words: 2,
    rows: [...starvation]
      .sort((a, b) => a.kind.localeCompare(b.kind))
      .map(({ kind, subject, calm, starved, met }) => [
        kind,
        subject,
        ...[calm.p50Ms, calm.p99Ms, starved.p50Ms, starved.p99Ms, starved.maxMs].map(digits),
        `${starved.count}`,
        met === undefined ? '' : yesNo(met),
      ]),
  };
}

export function growthTable({ growth }: Report): TableData {
  const kib = (bytes: number) => (bytes / 1024).toFixed(1);
  return {
    title: 'Growth',
    notes: [
      'So many readFile calls (4 KiB, cached) in one tick. Memory is what the resident memory of the process rose by at its peak, in KiB ' +
        'for each call in flight, the 4 KiB of the result included; for less than 4096 it is mostly the runtime itself.',
    ],
    head: ['in flight', 'subject', 'descriptors allowed', 'us/op', 'min - max', 'CPU us/op', 'KiB per op'],
    words: 2,
    rows: growth.map(({ inFlight, subject, descriptors, wallUs, cpuUs, bytesPerOp, failure }) => {
      const own = [`${inFlight}`, subject, `${descriptors}`];
      if (!wallUs || !cpuUs || !bytesPerOp) return [...own, failure ?? 'failed', '', '', ''];
      const held = inFlight < 512 ? '' : kib(bytesPerOp.median);
      return [...own, digits(wallUs.median), rangeOf(wallUs), digits(cpuUs.median), held];
    }),
  };
}

export function startTable({ start }: Report): TableData {
  return {
    title: 'Start',
    notes: [
      'Fresh processes; median, then range of the milliseconds. Threads and descriptors are those that came with the import, then ' +
        'with the first op. The goal: import below 10 ms, and with it no thread and no descriptor.',
    ],
    head: [
      'by',
      'import ms',
      'min - max',
      'CPU ms',
      'threads',
      'descriptors',
      'first op ms',
      'threads after',
      'descriptors after',
      'goal is',
    ],
    words: 1,
    rows: start.map((line) => [
      line.way,
      digits(line.importMs.median),
      rangeOf(line.importMs),
      digits(line.importCpuMs.median),
      `${line.importThreads.max}`,
      `${line.importDescriptors.max}`,
      digits(line.firstOpMs.median),
      `${line.firstOpThreads.median}`,
      `${line.firstOpDescriptors.median}`,
      yesNo(line.met),
    ]),
  };
}
