import { countPlaces, elsewhere, placeOf } from '../dist/where/places';

it.each([
  [
    'kernel: system calls',
    ['c01 _copy_to_iter ([kernel.kallsyms])', 'c02 do_syscall_64 ([kernel.kallsyms])'],
  ],
  [
    'kernel: system calls',
    ['c01 clear_page_erms ([kernel.kallsyms])', 'c03 io_wq_worker ([kernel.kallsyms])'],
  ],
  [
    'kernel: page faults, interrupts',
    ['c01 exc_page_fault ([kernel.kallsyms])', '7f0 malloc (/usr/lib/libc.so.6)'],
  ],
  [
    'garbage collection',
    ['c01 unmap_page_range ([kernel])', '5a1 v8::internal::Sweeper::RawSweep (/n/node)'],
  ],
  ['making Buffers', ['7f0 malloc (/usr/lib/libc.so.6)', '5a1 napi_create_buffer_copy (/n/node)']],
  ['malloc, memcpy', ['7f0 malloc (/usr/lib/libc.so.6)', '7f1 ringfs::Memory::reserve (/p/ringfs.node)']],
  ['the addon', ['7f1 ringfs::Engine::finish (/p/ringfs.node)', '5a1 Builtins_CallApiCallback (/n/node)']],
  ['JavaScript and built-ins', ['7f2 [unknown] ([JIT] tid 77)']],
  [elsewhere, ['5a1 v8::String::WriteUtf8 (/n/node)']],
])('%s', (place, stack) => {
  expect(placeOf(stack)).toBe(place);
});

it('counts each sample of the output once, the last one too', () => {
  const output = [
    'node ',
    '\t    5a1 v8::String::WriteUtf8 (/n/node)',
    '\t    5a2 main (/n/node)',
    '',
    'ringfs-pool ',
    '\tffffffff81 do_syscall_64 ([kernel.kallsyms])',
  ].join('\n');
  expect(countPlaces(output)).toEqual(
    new Map([
      [elsewhere, 1],
      ['kernel: system calls', 1],
    ]),
  );
});
