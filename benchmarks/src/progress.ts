import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal, plain lines elsewhere. Counts rounds. */
export interface Progress {
  stage(text: string): void;
  step(): void;
  /** A line that stays. */
  line(text: string): void;
  stop(): void;
}

export function startProgress(steps: number): Progress {
  return process.stderr.isTTY ? bar(steps) : lines();
}

function bar(steps: number): Progress {
  const single = new SingleBar(
    // Drawing takes CPU time from what is measured: rarely is often enough.
    { format: ' {bar} {percentage} %  {stage}', hideCursor: true, barsize: 30, gracefulExit: false, fps: 2 },
    Presets.shades_classic,
  );
  single.start(steps, 0, { stage: '' });
  return {
    stage: (text) => single.update({ stage: text }),
    step: () => single.increment(),
    line: () => {},
    stop: () => single.stop(),
  };
}

function lines(): Progress {
  return { stage: () => {}, step: () => {}, line: (text) => console.error(text), stop: () => {} };
}
