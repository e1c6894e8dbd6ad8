// A small ring of the event-loop thread's own, for cached attempts: many files with one system call.
//
// Nothing on it ever waits: opens carry RESOLVE_CACHED and O_NONBLOCK, reads RWF_NOWAIT, so every sqe is answered
// within the enter that submits it, and nothing is in flight between two calls. A system call costs 0.2 us on one
// machine and 1 us on another; four of them a file are most of a cached read there (ARCHITECTURE.md).
#pragma once

#include <liburing.h>
#include <linux/openat2.h>

#include <array>
#include <cstdint>

#include "engine/counters.h"
#include "engine/kernel.h"
#include "engine/limits.h"
#include "engine/memory.h"

namespace ringfs {

class CachedRing {
 public:
  CachedRing(const Kernel& kernel, Counters& counters);
  ~CachedRing();
  CachedRing(const CachedRing&) = delete;
  CachedRing& operator=(const CachedRing&) = delete;

  // Whether there is a ring already.
  bool ready() const { return ready_; }
  // Tries to set one up where there is none yet: not at all where it lacks an opcode.
  bool set_up();

  // Attempt number `index` of the batch, below kTriedTogether: its sqes, in order.
  void open(unsigned index, int dir_fd, const char* path, int flags, uint64_t resolve);
  // kChainBytes into memory(index), and kBeyondBytes behind them.
  void read_opened(unsigned index);
  void read(unsigned index, int fd, void* data, unsigned size, int64_t offset);
  void close_opened(unsigned index);
  // Direct descriptor -> ordinary one.
  void install_opened(unsigned index);

  // Submits what was added and waits for all of it, which is there by then.
  void enter();

  // Results by attempt; -ECANCELED where the kernel gave none.
  uint8_t* memory(unsigned index) { return memory_.data() + index * kChainMemory; }
  int opened(unsigned index) const { return results_[index][kOpened]; }
  int read_bytes(unsigned index) const { return results_[index][kRead]; }
  int beyond(unsigned index) const { return results_[index][kBeyond]; }
  int installed(unsigned index) const { return results_[index][kInstalled]; }

 private:
  enum Part : unsigned { kOpened, kRead, kBeyond, kInstalled, kClosed, kParts };

  bool refused(int result);
  template <typename Prep>
  void add(unsigned index, Part part, unsigned flags, Prep prep);

  const Kernel& kernel_;
  Counters& counters_;
  io_uring ring_{};
  bool ready_ = false;
  bool off_ = false;      // not to be had here
  int64_t again_ns_ = 0;  // not to be had just now: not before then
  unsigned added_ = 0;
  Memory memory_;  // the same for every batch: what is read stands in the CPU's caches while it is copied
  std::array<open_how, kTriedTogether> how_{};
  std::array<std::array<int, kParts>, kTriedTogether> results_{};
};

}  // namespace ringfs
