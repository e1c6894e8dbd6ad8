import * as fc from 'fast-check';
import type { Arb } from './arbitrary-values';
import { functionCall, lookingCalls, SLOTS } from './functions';
import { handleCall } from './members';
import type { FunctionCall, Program, Step } from './program';
import type { Value } from './values';

/** A handle that can be worked with: random ones are often refused, and a program without handles calls no members. */
function opened(slot: number): Arb<FunctionCall> {
  const path = fc
    .constantFrom('small', 'bin', 'mid', 'empty', 'new', 'link')
    .map((at): Value => ({ $: 'path', at, as: 'absolute' }));
  const flags = fc.constantFrom<Value>('r', 'r+', 'r+', 'w', 'w+', 'a', 'a+');
  return fc.tuple(path, flags).map((args): FunctionCall => ({ call: 'open', args, slot }));
}

/** Programs of up to 14 steps, of the functions that `names` has. */
export function program(names: readonly string[]): Arb<Program> {
  const step: Arb<Step> = fc.oneof(
    { weight: 6, arbitrary: functionCall(names) as Arb<Step> },
    { weight: 6, arbitrary: handleCall() as Arb<Step> },
    { weight: 1, arbitrary: lookingCalls(names).map((together): Step => ({ together })) },
  );
  const first = fc
    .subarray(Array.from({ length: SLOTS }, (_, slot) => slot))
    .chain((slots) => fc.tuple(...slots.map(opened)));
  return fc
    .tuple(first, fc.array(step, { minLength: 1, maxLength: 12 }))
    .map(([opens, steps]): Program => ({ steps: [...opens, ...steps] }));
}
