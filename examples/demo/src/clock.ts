import type { Cost } from './job';
import { addCounters, growth, type Lanes } from './lanes';

/** Sums, per name, what the measured pieces of work cost. */
export class Clock<Name extends string> {
  readonly costs: Partial<Record<Name, Cost>> = {};

  constructor(private readonly lanes: Lanes | undefined) {}

  async measure<Result>(name: Name, work: () => Result | Promise<Result>): Promise<Result> {
    const countersBefore = this.lanes?.counters();
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const result = await work();
    const wallMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    const countersAfter = this.lanes?.counters();

    const cost: Cost = { wallMs, cpuMs: (cpu.user + cpu.system) / 1000 };
    if (countersBefore && countersAfter) cost.counters = growth(countersBefore, countersAfter);
    this.costs[name] = sum(this.costs[name], cost);
    return result;
  }
}

function sum(left: Cost | undefined, right: Cost): Cost {
  if (left === undefined) return right;
  const total: Cost = { wallMs: left.wallMs + right.wallMs, cpuMs: left.cpuMs + right.cpuMs };
  if (left.counters && right.counters) total.counters = addCounters(left.counters, right.counters);
  return total;
}
