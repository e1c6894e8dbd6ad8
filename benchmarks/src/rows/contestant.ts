// The parent's side of one child of a row.
import { Lines } from '../lines';
import { type Child, script, startChild } from '../spawn';
import type { Subject } from '../subjects/subject';
import type { Workload } from '../workloads/workload';
import type { Hello, LoopDelay, Order, Sample } from './protocol';

/** A round takes about a second at most. */
const silenceMsMax = 60_000;

export class Contestant {
  readonly hello: Promise<Hello>;
  /** Ops of its next round; measured while it warms up. */
  ops = 1;

  private constructor(
    readonly subject: Subject,
    private readonly child: Child,
    private readonly lines: Lines,
  ) {
    this.hello = lines.next<Hello>();
    // Whoever asks for it first hears of a failure; until then it is nobody's.
    this.hello.catch(() => {});
  }

  static start(
    subject: Subject,
    workload: Workload,
    { folder, host, signal }: { folder: string; host: string; signal: AbortSignal },
  ): Contestant {
    const args = [script('rows/child'), subject.name, workload.row, folder];
    const child = startChild(subject, { host, workload, folder, script: args, signal });
    return new Contestant(subject, child, new Lines(subject.name, child, silenceMsMax));
  }

  round(ops = this.ops): Promise<Sample> {
    return this.order<Sample>('round', ops);
  }

  delay(ops: number): Promise<LoopDelay> {
    return this.order<LoopDelay>('delay', ops);
  }

  /** 0 where it could not be started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  stop(): Promise<void> {
    return this.lines.stop();
  }

  private order<Result>(order: Order, ops: number): Promise<Result> {
    this.child.stdin.write(`${order} ${ops}\n`);
    return this.lines.next<Result>();
  }
}
