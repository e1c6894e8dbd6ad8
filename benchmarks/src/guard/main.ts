import { stoppedBySignals } from '../signals';
import { runGuard } from './guard';

void stoppedBySignals('bench:guard', 2, (signal) => runGuard(process.argv.slice(2), signal));
