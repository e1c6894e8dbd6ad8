// open: a descriptor for the caller. Opened with O_NONBLOCK inside, so that nothing waits in the call itself;
// the flag is taken off before the caller sees the descriptor.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/chain.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

Step hand_over(Job& job) {
  const int r = (job.flags & O_NONBLOCK) == 0 ? sys::make_blocking(job.fd, job.flags) : 0;
  if (r != 0) {
    job.fail(-r, Call::kOpen);
    return close_and_finish(job);
  }
  job.value = job.fd;
  return Step::kDone;
}

// Node's open of a FIFO for reading returns when a writer has opened it too.
bool waits_for_writer(const Job& job) {
  return S_ISFIFO(job.facts.mode) && (job.flags & O_ACCMODE) == O_RDONLY && (job.flags & O_NONBLOCK) == 0;
}

bool cached(Job& job, CachedLane& lane) {
  if ((job.flags & (O_CREAT | O_TRUNC)) != 0 || (job.flags & O_TMPFILE) == O_TMPFILE) return false;
  const auto opened = lane.open(job, job.flags);
  if (opened == CachedLane::Opened::kFailed) return true;
  if (opened == CachedLane::Opened::kNo) return false;
  job.stage = Stage::kSized;
  if (waits_for_writer(job)) return false;
  hand_over(job);
  return true;
}

Step on_loop(Job& job, LoopSide& side) { return job.fd >= 0 ? Step::kToPool : side.pool_unless_forced(); }

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    chain.open(0, 0, job, job.flags | O_NONBLOCK | O_CLOEXEC, false);
    return chain.wait(1);
  }
  const int r = chain.result(0);
  if (r < 0) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpen);
    return ring_open_cannot(job, r) ? Step::kToPool : job.fail(-r, Call::kOpen);
  }
  job.fd = r;
  job.owns_fd = true;
  job.stage = Stage::kOpened;
  if (sys::facts(job.fd, &job.facts) != 0) return Step::kToPool;
  job.stage = Stage::kSized;
  return waits_for_writer(job) ? Step::kToPool : hand_over(job);
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kOpen);
    return close_and_finish(job);
  }
  if (job.fd < 0) {
    const Step opened = open_without_waiting(job, job.flags);
    if (opened != Step::kDone || job.error != 0) return opened;
    job.stage = Stage::kOpened;
  }
  if (job.stage != Stage::kSized) {
    const int r = sys::facts(job.fd, &job.facts);
    if (r != 0) {
      job.fail(-r, Call::kOpen);
      return close_and_finish(job);
    }
    job.stage = Stage::kSized;
  }
  if (waits_for_writer(job) && !has_writer(job.fd)) {
    return try_again_later(job);
  }
  return hand_over(job);
}

}  // namespace

const OpTable kOpenOp = {"open", cached, on_loop, on_ring, on_pool};

}  // namespace ringfs
