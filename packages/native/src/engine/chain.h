// One job's place on the ring: a slot, the sqes it has in flight, and the results they came back with.
#pragma once

#include <liburing.h>
#include <linux/openat2.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/checked_memory.h"
#include "engine/job.h"
#include "engine/ring.h"

namespace ringfs {

inline constexpr unsigned kChainParts = 4;

// Lives in the slot table of the ring thread. The generation tells this use of the slot from the one before:
// a cqe that carries another one is counted and dropped.
struct Slot {
  Job* job = nullptr;
  uint64_t serial = 0;  // of the job; tells a cancel for this job from one for an earlier use of the object
  uint32_t generation = 0;
  uint32_t in_flight = 0;  // bit n: part n has no cqe yet
  uint8_t phase = 0;       // the op's own
  bool first = true;       // the chain in flight is the job's first
  unsigned parts = 0;      // of the chain in flight: the highest part, and one
  std::array<int, kChainParts> results{};
  open_how how{};  // of the chain's open, until the kernel has taken it
};

// openat2(2) as open(2) has it, but for symbolic links: ELOOP.
open_how how_without_links(int flags, uint32_t mode);

class Chain {
 public:
  Chain(Ring& ring, Slot& slot, unsigned index) : ring_(ring), slot_(slot), index_(index) {}

  // Prepares one sqe. `flags` are IOSQE_...: a link binds it to the next one added before returning.
  template <typename Prep>
  void add(unsigned part, unsigned flags, Prep prep) {
    io_uring_sqe* sqe = ring_.next_sqe();
    prep(sqe);
    check_memory(*sqe);
    sqe->flags |= static_cast<uint8_t>(flags);
    sqe->user_data = user_data(part);
    slot_.in_flight |= 1u << part;
    slot_.results[part] = 0;
    slot_.parts = std::max(slot_.parts, part + 1);
  }

  // Opens the job's path. Where only the text of a path tells that it leads to a local filesystem no symbolic link may
  // be on the way: an open of a file elsewhere could keep the whole ring waiting.
  void open(unsigned part, unsigned flags, const Job& job, int open_flags, bool to_direct) {
    add(part, flags, [&](io_uring_sqe* sqe) {
      if (job.reach != Reach::kUnproven) {
        io_uring_prep_openat(sqe, job.dir_fd(), job.path.c_str(), open_flags, job.mode);
      } else {
        slot_.how = how_without_links(open_flags, job.mode);
        io_uring_prep_openat2(sqe, job.dir_fd(), job.path.c_str(), &slot_.how);
      }
      if (to_direct) sqe->file_index = direct() + 1;
    });
  }

  int result(unsigned part) const { return slot_.results[part]; }
  uint8_t phase() const { return slot_.phase; }
  void set_phase(uint8_t phase) { slot_.phase = phase; }
  // Waits for the parts added; the op is called again with this phase when all their cqes have come.
  Step wait(uint8_t phase) {
    slot_.phase = phase;
    return Step::kInFlight;
  }

  // The direct descriptor of this slot, for as long as the slot is held.
  unsigned direct() const { return index_; }
  bool has_direct() const { return index_ < ring_.direct_slots(); }
  bool has_opcode(uint8_t opcode) const { return ring_.has_opcode(opcode); }

  uint64_t user_data(unsigned part) const {
    return (static_cast<uint64_t>(slot_.generation) << 32) | (static_cast<uint64_t>(index_) << 8) | part;
  }

 private:
  Ring& ring_;
  Slot& slot_;
  unsigned index_;
};

// Results that say nothing about the file: the ring could not do it this way, plain system calls can.
// -512 (ERESTARTSYS) is a worker of the kernel's that was interrupted; it must not reach JavaScript.
bool ring_cannot(int result);

}  // namespace ringfs
