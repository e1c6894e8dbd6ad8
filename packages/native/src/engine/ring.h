// One io_uring: set-up, its table of direct descriptors, submit, reap. Used by one thread only.
//
// Never SQPOLL: such a ring burns a core and keeps the credentials it was made with (CVE-2024-22017).
#pragma once

#include <liburing.h>

#include <cstdint>

#include "engine/counters.h"
#include "engine/kernel.h"
#include "engine/limits.h"

namespace ringfs {

class Ring {
 public:
  // `kernel` must outlive the ring.
  Ring(const Kernel& kernel, Counters& counters) : kernel_(kernel), counters_(counters) {}
  Ring(Kernel&& kernel, Counters& counters) = delete;
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // 0 or a negative errno. The thread that calls it is the only one that may use the ring.
  int set_up();
  // How many jobs may use the ring at once: fewer than kRingSlots where there are few descriptors to be had.
  unsigned chains() const { return chains_; }
  // How many direct descriptors there are; 0 where the kernel or RLIMIT_NOFILE has no room for them.
  unsigned direct_slots() const { return direct_slots_; }
  bool has_opcode(uint8_t opcode) const { return kernel_.opcodes[opcode]; }

  // Makes sure that the next `count` sqes go to the kernel in one piece.
  void make_room(unsigned count);
  // How many sqes can be prepared before the kernel takes some.
  unsigned room() const { return io_uring_sq_space_left(&ring_); }
  io_uring_sqe* next_sqe();

  // Submits everything prepared and waits for `wait` cqes, or until `timeout_ns` (0: no limit). One enter.
  // 0, or the errno of a kernel that will not be entered any more (a seccomp filter installed since, no memory for
  // long).
  int submit_and_wait(unsigned wait, int64_t timeout_ns);

  // For a ring that is not entered any more. Hands the user_data of every sqe that the kernel never took to `take`.
  template <typename Take>
  void take_back(Take take) {
    const unsigned from = io_uring_smp_load_acquire(ring_.sq.khead);
    for (unsigned at = from; at != ring_.sq.sqe_tail; at++) {
      take(ring_.sq.sqes[at & *ring_.sq.kring_mask].user_data);
    }
  }
  // Asks the kernel to end everything in flight without entering it, and waits kCancelWaitNs for it. Where it refuses
  // that too there is nothing left to ask.
  void cancel_everything();

  bool has_cqes() const { return io_uring_cq_ready(&ring_) > 0; }

  // Hands every cqe that has come to `take(user_data, res)`.
  template <typename Take>
  void reap(Take take) {
    for (;;) {
      io_uring_cqe* cqe = nullptr;
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        take(cqe->user_data, cqe->res);
        seen += 1;
      }
      if (seen == 0) return;
      io_uring_cq_advance(&ring_, seen);
      Counters::add(counters_.cqes, seen);
    }
  }

 private:
  void register_direct_slots();
  int still_failing(int error);

  const Kernel& kernel_;
  Counters& counters_;
  io_uring ring_{};
  bool ready_ = false;
  unsigned chains_ = kRingSlots;
  unsigned direct_slots_ = 0;
  int64_t failing_since_ns_ = 0;
};

}  // namespace ringfs
