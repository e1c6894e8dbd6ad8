import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal, plain lines elsewhere. Counts files, each once per phase. */
export interface Progress {
  stage(text: string): void;
  add(files: number): void;
  /** A line that stays. */
  line(text: string): void;
  stop(): void;
}

export function startProgress(files: number): Progress {
  return process.stderr.isTTY ? bar(files) : lines();
}

function bar(files: number): Progress {
  const single = new SingleBar(
    { format: ' {bar} {percentage} %  {stage}', hideCursor: true, barsize: 30, gracefulExit: false, fps: 15 },
    Presets.shades_classic,
  );
  single.start(files, 0, { stage: '' });
  return {
    stage: (text) => single.update({ stage: text }),
    add: (count) => single.increment(count),
    line: () => {},
    stop: () => single.stop(),
  };
}

function lines(): Progress {
  return { stage: () => {}, add: () => {}, line: (text) => console.error(text), stop: () => {} };
}
