// Huge pages for large results, where they pay. 4 KiB at a time page faults are most of the cost of reading a large
// file into new memory: 64 MiB take 8 ms instead of 18 to 30. But a virtual machine gives free memory back to its host,
// in pieces of 2 MiB and more (free page reporting, Linux 5.7): a huge page made of such memory takes 5 ms, and 64 MiB
// of them 150, where small pages are made of what is at hand. What has been found once is used again by the next
// results, so finding it may cost something; but no more than quick ones have saved, and a little in advance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "engine/limits.h"

namespace ringfs {

// Any thread.
class HugePages {
 public:
  static constexpr size_t kSize = 2 * 1024 * 1024;

  // Of the whole process.
  static HugePages& ours();

  // Whether they are meant for results of `size` bytes: those for which glibc has no freed memory to use again
  // (M_MMAP_THRESHOLD ends at 32 MiB, mallopt(3)). Each is new memory.
  static bool are_for(size_t size);
  // Whether such a result is to have them: not before the process has read kHugePagesFrom (limits.h) of them, and not
  // from when kHugePagesPurseNs are spent until half of it has been earned again.
  bool pay(size_t size);

  // Asks the kernel for them in [data, data + size). Advice: where it has none, small ones do.
  static void ask(uint8_t* data, size_t size);
  // Finds those that begin in [data, until) and lie before `end`; they have been asked for. Changes no byte. False:
  // there is nothing left to be spent, and what has not been found will have small pages.
  bool find(uint8_t* data, uint8_t* until, uint8_t* end);

  // A result of `size` bytes, with small pages, has been read in so long.
  void note_small(size_t size, int64_t ns);
  // One has been found in so long. False: there is nothing left to be spent.
  bool note_huge(int64_t ns);

 private:
  void earn(double ns);

  std::mutex mutex_;
  uint64_t used_ = 0;
  double small_ns_ = 0;  // a byte, with small pages: a moving mean; 0: not known
  double purse_ns_ = kHugePagesPurseNs;
  bool spent_ = false;
};

}  // namespace ringfs
