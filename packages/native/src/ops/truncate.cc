// truncate: ftruncate on a caller's descriptor, or on a path that is opened for it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/chain.h"
#include "engine/loop_side.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

off_t size_of(const Job& job) { return job.has(option::kOnHandle) ? job.position : static_cast<off_t>(job.length); }

Step on_loop(Job& job, LoopSide& side) {
  return job.has(option::kOnHandle) ? side.pool_unless_forced() : Step::kToPool;
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
  if (job.fd < 0) {
    const Step opened = open_without_waiting(job, O_RDWR);
    if (opened != Step::kDone || job.error != 0) return opened;
  }
  int r;
  do {
    r = ::ftruncate(job.fd, size_of(job));
  } while (r != 0 && errno == EINTR);
  if (r != 0) job.fail(errno, Call::kFtruncate);
  return close_and_finish(job);
}

}  // namespace

const OpTable kTruncateOp = {"truncate", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
