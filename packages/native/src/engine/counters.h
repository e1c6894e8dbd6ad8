// What metrics() shows. Written by every thread of the engine, read by the loop thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringfs {

struct Counters {
  std::atomic<uint64_t> enters{0};         // io_uring_enter calls
  std::atomic<uint64_t> sqes{0};           // submitted
  std::atomic<uint64_t> cqes{0};           // reaped, the doorbell's own included
  std::atomic<uint64_t> batches{0};        // submit() calls that carried records
  std::atomic<uint64_t> cached_hits{0};    // ops finished by a cached attempt
  std::atomic<uint64_t> cached_misses{0};  // cached attempts that did not finish their op
  std::atomic<uint64_t> ring_ops{0};       // ops that the ring finished without the pool's help
  std::atomic<uint64_t> blocking_ops{0};   // ops that the pool worked on
  std::atomic<uint64_t> parked_ops{0};     // waits for a FIFO, pipe, tty or socket
  std::atomic<uint64_t> notifications{0};  // writes of the completion eventfd
  std::atomic<uint64_t> stale_cqes{0};     // cqes whose generation did not match: dropped
  std::atomic<uint64_t> abandoned{0};      // jobs that the kernel still held when the ring was given up
  std::atomic<uint64_t> ring_errno{0};     // why the ring was given up while it ran; 0: it was not

  static void add(std::atomic<uint64_t>& counter, uint64_t n = 1) { counter.fetch_add(n, std::memory_order_relaxed); }
};

}  // namespace ringfs
