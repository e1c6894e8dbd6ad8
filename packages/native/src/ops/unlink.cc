// unlink.
#include <unistd.h>

#include <cerrno>

#include "ops/path_change.h"

namespace ringfs {

namespace {

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kUnlink, [&](io_uring_sqe* sqe) {
    io_uring_prep_unlinkat(sqe, job.dir_fd(), job.path.c_str(), 0);
  });
}

Step on_pool(Job& job) {
  if (::unlinkat(job.dir_fd(), job.path.c_str(), 0) != 0) return job.fail(errno, Call::kUnlink);
  return Step::kDone;
}

}  // namespace

const OpTable kUnlinkOp = {"unlink", nullptr, path_change_on_loop, on_ring, on_pool};

}  // namespace ringfs
