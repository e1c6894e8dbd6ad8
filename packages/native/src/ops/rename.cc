// rename.
#include <cerrno>
#include <cstdio>

#include "ops/path_change.h"

namespace ringfs {

namespace {

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kRename, [&](io_uring_sqe* sqe) {
    io_uring_prep_renameat(sqe, job.dir_fd(), job.path.c_str(), job.dir_fd(), job.path2.c_str(), 0);
  });
}

Step on_pool(Job& job) {
  if (::renameat(job.dir_fd(), job.path.c_str(), job.dir_fd(), job.path2.c_str()) != 0) {
    return job.fail(errno, Call::kRename);
  }
  return Step::kDone;
}

}  // namespace

const OpTable kRenameOp = {"rename", nullptr, path_change_on_loop, on_ring, on_pool};

}  // namespace ringfs
