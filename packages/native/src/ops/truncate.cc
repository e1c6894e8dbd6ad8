// ftruncate on a caller's descriptor.
#include <unistd.h>

#include <cerrno>

#include "engine/chain.h"
#include "engine/loop_side.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  return side.pool_unless_forced();
}

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    if (!chain.has_opcode(kOpFtruncate)) return Step::kToPool;
    chain.add(0, 0, [&](io_uring_sqe* sqe) {
      io_uring_prep_rw(kOpFtruncate, sqe, job.fd, nullptr, 0, static_cast<uint64_t>(job.position));
    });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  if (r < 0 && !job.cancelled.load() && ring_cannot(r)) return Step::kToPool;
  if (r < 0) job.fail(-r, Call::kFtruncate);
  return close_and_finish(job);
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kFtruncate);
    return close_and_finish(job);
  }
  int r;
  do {
    r = ::ftruncate(job.fd, job.position);
  } while (r != 0 && errno == EINTR);
  if (r != 0) job.fail(errno, Call::kFtruncate);
  return close_and_finish(job);
}

}  // namespace

const OpTable kTruncateOp = {"truncate", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
