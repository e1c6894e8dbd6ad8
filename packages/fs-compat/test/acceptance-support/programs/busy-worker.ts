// A worker thread with every kind of work in flight, for as long as it lives.
import { workerData } from 'node:worker_threads';
import { beginWork, type Scene } from '../mixed-work';
import { atSomeMoment } from '../moments';

const { scene, delay, exits } = workerData as {
  scene: Scene;
  /** Milliseconds before the first op: some are terminated while they start. */
  delay: number;
  /** Whether it ends itself, by process.exit(3). */
  exits: boolean;
};

function begin(): void {
  beginWork(scene, (text) => {
    process.stderr.write(`busy-worker ${text}\n`);
    process.exit(1);
  });
  if (exits) atSomeMoment(scene.seed, () => process.exit(3));
}

if (delay > 0) setTimeout(begin, delay);
else begin();
