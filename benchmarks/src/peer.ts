// The parent's side of one child.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, Hello, Sample } from './protocol';
import type { Subject } from './subjects/subject';

/** A round takes about a second; a child that is silent this long hangs. */
const silenceMsMax = 60_000;

export class Peer {
  readonly hello: Promise<Hello>;
  /** Resolves when the child is gone, with the way it went. */
  private readonly ended: Promise<string>;
  private readonly lines: AsyncIterator<string>;

  private constructor(
    readonly subject: Subject,
    private readonly child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream },
  ) {
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // A child that died is noticed when its answer is missing.
    child.stdin.on('error', () => {});
    this.hello = this.answer<Hello>();
  }

  static start(subject: Subject, row: string, folder: string, node: string, signal: AbortSignal): Peer {
    const { program, args, env } = subject.command(node);
    // Node's default pool and no io_uring inside libuv, unless the subject itself asks for it.
    const { UV_THREADPOOL_SIZE, UV_USE_IO_URING, ...plain } = process.env;
    const child = spawn(program, [...args, path.join(__dirname, 'child.js'), subject.name, row, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...plain, ...env },
      signal,
      killSignal: 'SIGKILL',
    });
    // Without a listener a program that cannot be started would end this process; the missing answer tells of it too.
    child.on('error', () => {});
    return new Peer(subject, child);
  }

  round(): Promise<Sample> {
    this.child.stdin.write('round\n');
    return this.answer<Sample>();
  }

  /** Ends the child, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(killer);
  }

  private async answer<Result>(): Promise<Result> {
    let silent = false;
    const killer = setTimeout(() => {
      silent = true;
      this.child.kill('SIGKILL');
    }, silenceMsMax);
    const line = await this.lines.next();
    clearTimeout(killer);
    if (line.done) {
      const end = silent ? `it was silent for ${silenceMsMax / 1000} s` : await this.ended;
      throw new Error(`${this.subject.name}: the child ended without an answer: ${end}`);
    }
    const answer: Answer<Result> = JSON.parse(line.value);
    if ('failure' in answer) throw new Error(`${this.subject.name}: ${answer.failure}`);
    return answer.result;
  }
}
