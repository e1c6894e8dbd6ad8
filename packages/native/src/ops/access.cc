// access: may this process's real user do that with this path?
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

bool cached(Job& job, CachedLane& lane) {
  if (lane.seen_lately(job)) {
    if (::faccessat(AT_FDCWD, job.path.c_str(), job.flags, 0) == 0) return true;
    return lane.is_answer(job, -errno, Call::kAccess);
  }
  int fd = -1;
  const auto opened = lane.open_path(job, 0, &fd);
  if (opened == CachedLane::Opened::kFailed) {
    job.call = Call::kAccess;
    if (job.error != EACCES) return true;
    // The walk was made as the effective user; access(2) asks for the real one.
    job.error = 0;
    return false;
  }
  if (opened == CachedLane::Opened::kNo) return false;
  const int r = job.flags == F_OK ? 0 : sys::access_fd(fd, job.flags);
  sys::close(fd);
  if (r == 0) return true;
  if (r != -EACCES && r != -EROFS) return false;  // before Linux 5.8: ENOSYS
  job.fail(-r, Call::kAccess);
  return true;
}

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  (void)side;
  return Step::kToPool;  // there is no opcode
}

Step on_pool(Job& job) {
  if (::faccessat(job.dir_fd(), job.path.c_str(), job.flags, 0) != 0) job.fail(errno, Call::kAccess);
  return Step::kDone;
}

}  // namespace

const OpTable kAccessOp = {"access", cached, on_loop, nullptr, on_pool};

}  // namespace ringfs
