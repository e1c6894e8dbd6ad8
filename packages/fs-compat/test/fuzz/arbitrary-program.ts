import * as fc from 'fast-check';
import type { Arb } from './arbitrary-values';
import { functionCall, lookingCalls } from './functions';
import { handleCall } from './members';
import type { Program, Step } from './program';

/** Programs of up to 14 steps, of the functions that `names` has. */
export function program(names: readonly string[]): Arb<Program> {
  const step: Arb<Step> = fc.oneof(
    { weight: 6, arbitrary: functionCall(names) as Arb<Step> },
    { weight: 4, arbitrary: handleCall() as Arb<Step> },
    { weight: 1, arbitrary: lookingCalls(names).map((together): Step => ({ together })) },
  );
  return fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 14 }) });
}
