// A child's answers, line by line.
import { createInterface } from 'node:readline';
import type { Answer } from './rows/protocol';
import type { Child } from './spawn';

export class Lines {
  /** Resolves when the child is gone, with the way it went. */
  private readonly ended: Promise<string>;
  private readonly lines: AsyncIterator<string>;

  constructor(
    private readonly name: string,
    private readonly child: Child,
    private readonly silenceMsMax: number,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line's result. A child that is silent for too long hangs, and is killed. */
  async next<Result>(): Promise<Result> {
    let silent = false;
    const killer = setTimeout(() => {
      silent = true;
      this.child.kill('SIGKILL');
    }, this.silenceMsMax);
    const line = await this.lines.next();
    clearTimeout(killer);
    if (line.done) {
      const end = silent ? `it was silent for ${this.silenceMsMax / 1000} s` : await this.ended;
      throw new Error(`${this.name}: the child ended without an answer: ${end}`);
    }
    const answer: Answer<Result> = JSON.parse(line.value);
    if ('failure' in answer) throw new Error(`${this.name}: ${answer.failure}`);
    return answer.result;
  }

  /** Ends the child, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(killer);
  }
}
