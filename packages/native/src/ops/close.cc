// close: the caller gives the descriptor up; from here on it is the engine's, and closed whatever happens.
// A folder that a read still works on is closed when that read is through.
#include <fcntl.h>

#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/chain.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

Step close_now(Job& job) {
  if (job.folder) {
    job.folder.reset();  // what the close says is of no interest, as in libuv
    return Step::kDone;
  }
  const int r = sys::close(job.fd);
  job.fd = -1;
  return r < 0 ? job.fail(-r, Call::kClose) : Step::kDone;
}

// Closing a file that was written may start I/O (ext4 flushes some), and on a network filesystem waits for it.
bool cached(Job& job, CachedLane& lane) {
  if (!job.has(option::kPlainFile)) {
    const int fd = job.folder ? job.folder->fd() : job.fd;
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY) return false;
    if (sys::facts_without_sync(fd, &job.facts) != 0) return false;
    if (lane.mounts().kind(job.facts) == Filesystem::kOther) return false;
  }
  close_now(job);
  return true;
}

Step on_loop(Job& job, LoopSide& side) { return job.folder ? Step::kToPool : side.pool_unless_forced(); }

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    if (!chain.has_opcode(IORING_OP_CLOSE)) return Step::kToPool;
    const int fd = job.fd;
    chain.add(0, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close(sqe, fd); });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  // Cancelled before it began: the descriptor is still open. Every other outcome has closed it, and its number may be
  // another file's by now.
  if (r == -ECANCELED) return close_now(job);
  job.fd = -1;
  return close_failed(r) ? job.fail(-r, Call::kClose) : Step::kDone;
}

Step on_pool(Job& job) { return close_now(job); }

}  // namespace

const OpTable kCloseOp = {"close", cached, on_loop, on_ring, on_pool};

}  // namespace ringfs
