// Where a sample of CPU time was taken: the first pattern that fits its stack names the place.

/** One sample: the symbols of its stack, innermost first, each with the file it is of in brackets. */
export type Stack = readonly string[];

interface Place {
  name: string;
  /** Tried on the innermost frame, or, where `anywhere` is set, on each. */
  pattern: RegExp;
  anywhere?: boolean;
}

const places: readonly Place[] = [
  {
    name: 'garbage collection',
    pattern:
      /v8::internal::(Scaveng|MarkCompact|ConcurrentMark|Marking|Sweeper|ArrayBufferSweep|Heap::|MinorGC|Incremental)/,
    anywhere: true,
  },
  {
    name: 'compiling',
    pattern: /v8::internal::(compiler|maglev|baseline|turboshaft|Optimiz|OptimizingCompile)/,
    anywhere: true,
  },
  { name: 'making Buffers', pattern: /\bnapi_create_buffer|node::Buffer::New/, anywhere: true },
  {
    name: 'kernel: system calls',
    pattern: /do_syscall_64|entry_SYSCALL|io_wq_worker|io_wq_do_work/,
    anywhere: true,
  },
  { name: 'kernel: page faults, interrupts', pattern: /\[k(ernel|\.)|\[unknown\] \(\[k|kallsyms/ },
  { name: 'the addon', pattern: /ringfs\.node|ringfs::/ },
  { name: 'JavaScript and built-ins', pattern: /Builtins_|\[JIT\]|perf-\d+\.map|\/\/anon|\[anon/ },
  { name: 'malloc, memcpy', pattern: /libc[.-]/ },
];

export const elsewhere = 'Node and V8 in C++';

export function placeOf(stack: Stack): string {
  const found = places.find(({ pattern, anywhere }) =>
    anywhere ? stack.some((frame) => pattern.test(frame)) : pattern.test(stack[0] ?? ''),
  );
  return found?.name ?? elsewhere;
}

/** The stacks in the output of `perf script -F comm,ip,sym,dso`: a line with the thread's name, then one per frame. */
export function* stacksOf(output: string): Generator<Stack> {
  let stack: string[] = [];
  for (const line of output.split('\n')) {
    if (/^\s+[0-9a-f]+ /.test(line)) {
      stack.push(line.trim());
    } else if (stack.length > 0) {
      yield stack;
      stack = [];
    }
  }
  if (stack.length > 0) yield stack;
}

/** Samples by place. */
export function countPlaces(output: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const stack of stacksOf(output)) {
    const place = placeOf(stack);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}
