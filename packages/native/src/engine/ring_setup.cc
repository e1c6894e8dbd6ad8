#include "engine/ring_setup.h"

#include <pthread.h>

#include <mutex>

namespace ringfs {

namespace {

// Held by whoever makes a ring, and by a thread that forks: between the mapping of a ring and MADV_DONTFORK no child is
// made. vfork and posix_spawn run no handlers (pthread_atfork(3)), and need none: an exec follows.
std::mutex making;

// 0, or an errno.
int hold_forks_off() {
  static const int refused = ::pthread_atfork([] { making.lock(); }, [] { making.unlock(); }, [] { making.unlock(); });
  return refused;
}

}  // namespace

int set_up_ring(unsigned entries, io_uring* ring, io_uring_params* params) {
  int r = -hold_forks_off();
  if (r != 0) return r;
  const std::lock_guard<std::mutex> lock(making);
  r = io_uring_queue_init_params(entries, ring, params);
  if (r != 0) return r;
  r = io_uring_ring_dontfork(ring);
  if (r != 0) io_uring_queue_exit(ring);
  return r;
}

}  // namespace ringfs
