// stat, lstat and fstat.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/chain.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

Call call_of(const Job& job) {
  if (job.has(option::kOnHandle)) return Call::kFstat;
  return job.has(option::kNoFollow) ? Call::kLstat : Call::kStat;
}

int statx_flags(const Job& job) {
  if (job.has(option::kOnHandle)) return AT_EMPTY_PATH;
  return job.has(option::kNoFollow) ? AT_SYMLINK_NOFOLLOW : 0;
}

int start_fd(const Job& job) { return job.has(option::kOnHandle) ? job.fd : job.dir_fd(); }

// What statx(2) tells without asking anyone (AT_STATX_DONT_SYNC) is the whole truth on a local filesystem only.
bool cached(Job& job, CachedLane& lane) {
  if (job.has(option::kOnHandle)) {
    if (sys::facts_without_sync(job.fd, &job.facts) != 0) return false;
    if (lane.mounts().kind(job.facts) == Filesystem::kOther) return false;
    return sys::statx_all(job.fd, "", AT_EMPTY_PATH, &job.stx) == 0;
  }
  if (lane.seen_lately(job)) {
    const int r = sys::statx_all(AT_FDCWD, job.path.c_str(), statx_flags(job), &job.stx);
    return r < 0 ? lane.is_answer(job, r, call_of(job)) : true;
  }
  int fd = -1;
  const auto opened = lane.open_path(job, job.has(option::kNoFollow) ? O_NOFOLLOW : 0, &fd);
  if (opened == CachedLane::Opened::kFailed) {
    job.call = call_of(job);
    return true;
  }
  if (opened == CachedLane::Opened::kNo) return false;
  const int r = sys::statx_all(fd, "", AT_EMPTY_PATH, &job.stx);
  sys::close(fd);
  return r == 0;
}

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  return side.pool_unless_forced();
}

Step settle(Job& job, int r) {
  if (r < 0) job.fail(-r, call_of(job));
  return close_and_finish(job);
}

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    chain.add(0, 0, [&](io_uring_sqe* sqe) {
      io_uring_prep_statx(sqe, start_fd(job), job.path.c_str(), statx_flags(job), STATX_BASIC_STATS | STATX_BTIME,
                          &job.stx);
    });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  return r < 0 && !job.cancelled.load() && ring_cannot(r) ? Step::kToPool : settle(job, r);
}

Step on_pool(Job& job) {
  return settle(job, sys::statx_all(start_fd(job), job.path.c_str(), statx_flags(job), &job.stx));
}

}  // namespace

const OpTable kStatOp = {"stat", cached, on_loop, on_ring, on_pool};

}  // namespace ringfs
