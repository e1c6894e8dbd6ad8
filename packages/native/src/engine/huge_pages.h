// Huge pages for large results, where they pay. A page fault costs 0.1 us on one machine and 20 us on another; 4 KiB at
// a time they are most of the cost of reading a large file into new memory: 64 MiB take 8 ms instead of 18 to 30. But a
// virtual machine may have given free memory back to its host, and that in pieces of 2 MiB and more: then the same 64
// MiB take 150 ms, because huge pages are made of what the host has to find first, and small ones of what is at hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace ringfs {

// Any thread.
class HugePages {
 public:
  // Of the whole process.
  static HugePages& ours();

  // Whether they are meant for results of `size` bytes: those for which glibc has no freed memory to use again
  // (M_MMAP_THRESHOLD ends at 32 MiB, mallopt(3)). Each is new memory, and what is learned of one is true of the next.
  static bool are_for(size_t size);
  // Whether such a result is to have them: not before the process has read kHugePagesFrom (limits.h) of them, and not
  // while they have lately been slower than small pages.
  bool pay(size_t size);
  // How long it took to read a result of `size` bytes into new memory, with huge pages or without. Where they were the
  // slower ones, the next 1, 3, 7, up to 255 results do without; as in ShortWait.
  void learn(bool huge, size_t size, int64_t ns);

  // Whether the first `size` bytes have taken so long that small pages would have been more than twice as fast.
  bool drag(size_t size, int64_t ns);

  // Asks the kernel for them. Advice: where it has none, small ones do.
  static void ask(void* data, size_t size);
  // What has none yet is to have none.
  static void forbid(void* data, size_t size);

 private:
  std::mutex mutex_;
  uint64_t used_ = 0;
  double small_ns_ = 0;  // a byte, with small pages: a moving mean; 0: not known
  uint32_t penalty_ = 0;
  uint32_t skip_ = 0;
};

}  // namespace ringfs
