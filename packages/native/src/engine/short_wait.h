// A wait that looks again and again instead of sleeping: being woken costs 3 to 130 us on a virtual CPU, and more CPU
// time than looking for as long as a short answer takes.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "engine/thread.h"

namespace ringfs {

class ShortWait {
 public:
  // Whether the last waits say that looking pays. Never with one CPU: whoever is waited for needs it.
  bool pays() const { return skip_ == 0 && several_cpus_; }
  // A wait that was slept through.
  void slept() { skip_ -= skip_ > 0 ? 1 : 0; }
  // How a wait came out: one that was in vain doubles the number of those that are slept through.
  void learn(bool found) {
    penalty_ = found ? penalty_ / 2 : penalty_ < kMostSlept ? 2 * penalty_ + 1 : penalty_;
    skip_ = found ? 0 : penalty_;
  }

  // Lets whoever is ready to run on this CPU go first, which may be the one that is waited for: then both have been
  // spared a wake-up. False if nothing came of it, or only after so long that sleeping would have been as good.
  template <typename Ready>
  static bool let_run(Ready ready) {
    const int64_t ends_ns = sys::now_ns() + kYieldNs;
    for (int i = 0; i < kYields && !ready(); i++) ::sched_yield();
    return ready() && sys::now_ns() < ends_ns;
  }

  // Looks until `ready` says so, for at most kLookNs. False if it has not.
  template <typename Ready>
  static bool look(Ready ready) {
    const int64_t ends_ns = sys::now_ns() + kLookNs;
    do {
      for (int i = 0; i < 16; i++) {
        if (ready()) return true;
        pause();
      }
    } while (sys::now_ns() < ends_ns);
    if (ready()) return true;
#if defined(RINGFS_TESTS)
    if (auto* now = in_vain.load()) now();
#endif
    return false;
  }

#if defined(RINGFS_TESTS)
  // Looking has been in vain and nobody knows yet: what comes in this moment must not get lost.
  static inline std::atomic<void (*)()> in_vain{nullptr};
#endif

 private:
  static constexpr uint32_t kMostSlept = 255;
  static constexpr int kYields = 2;

  // Leaves the core to its other hyperthread for a moment.
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  const bool several_cpus_ = usable_cpus() > 1;
  uint32_t penalty_ = 0;
  uint32_t skip_ = 0;
};

}  // namespace ringfs
