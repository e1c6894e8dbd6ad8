// A program: calls of fs/promises, one after the other, on one folder. Plain JSON, so that it can be printed and replayed.
import type { Value } from './values';

/** A function of fs/promises. What it returns is used up as `use` says; a FileHandle goes into `slot`. */
export interface FunctionCall {
  call: string;
  args: Value[];
  use?: string;
  slot?: number;
}

/** A member of the FileHandle in `slot`. */
export interface HandleCall {
  handle: number;
  call: string;
  args: Value[];
  use?: string;
}

/** Calls that only look, begun in one tick. */
export interface Together {
  together: FunctionCall[];
}

export type Step = FunctionCall | HandleCall | Together;

export interface Program {
  steps: Step[];
}

export const isTogether = (step: Step): step is Together => 'together' in step;
export const isHandleCall = (step: Step): step is HandleCall => 'handle' in step;
