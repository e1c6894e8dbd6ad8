// fsync and fdatasync: they wait for the disk, so the ring is the place for them.
#include <unistd.h>

#include <cerrno>

#include "engine/chain.h"
#include "engine/loop_side.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

Call call_of(const Job& job) { return job.has(option::kDataOnly) ? Call::kFdatasync : Call::kFsync; }

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  return side.ring_if_any();
}

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    chain.add(0, 0, [&](io_uring_sqe* sqe) {
      io_uring_prep_fsync(sqe, job.fd, job.has(option::kDataOnly) ? IORING_FSYNC_DATASYNC : 0);
    });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  // EINVAL is also what fsync(2) says of a pipe: the plain call tells.
  if (r < 0 && !job.cancelled.load() && ring_cannot(r)) return Step::kToPool;
  if (r < 0) job.fail(-r, call_of(job));
  return close_and_finish(job);
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, call_of(job));
    return close_and_finish(job);
  }
  int r;
  do {
    r = job.has(option::kDataOnly) ? ::fdatasync(job.fd) : ::fsync(job.fd);
  } while (r != 0 && errno == EINTR);
  if (r != 0) job.fail(errno, call_of(job));
  return close_and_finish(job);
}

}  // namespace

const OpTable kSyncOp = {"sync", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
