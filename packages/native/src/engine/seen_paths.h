// Paths whose whole walk was answered from the dentry cache a moment ago.
//
// openat2(RESOLVE_CACHED) is the only call that promises not to wait for a disk, and asking through it what a file is
// takes three system calls. A path that it has walked within kSeenNs is taken to be cached still, and is asked about
// with one. Nothing goes wrong where that is mistaken (memory was so short that the entry has been reclaimed): the call
// reads the disk, of a local filesystem, as a page fault of the process would.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limits.h"

namespace ringfs {

class SeenPaths {
 public:
  bool lately(std::string_view path, int64_t now_ns) const {
    if (entries_.empty()) return false;
    const size_t hash = hash_of(path);
    const Entry& entry = entries_[hash % kSeenPaths];
    return entry.hash == hash && now_ns < entry.until_ns;
  }

  void note(std::string_view path, int64_t now_ns) {
    const size_t hash = hash_of(path);
    entries_.resize(kSeenPaths);
    entries_[hash % kSeenPaths] = Entry{hash, now_ns + kSeenNs};
  }

 private:
  struct Entry {
    size_t hash = 0;
    int64_t until_ns = 0;
  };

  static size_t hash_of(std::string_view path) { return std::hash<std::string_view>{}(path); }

  std::vector<Entry> entries_;  // none before the first note
};

}  // namespace ringfs
