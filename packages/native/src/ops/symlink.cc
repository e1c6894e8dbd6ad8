// symlink: path2 becomes a symbolic link that says `path`, whatever that may name.
#include <unistd.h>

#include "ops/path_change.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kSymlink, [&](io_uring_sqe* sqe) {
    io_uring_prep_symlinkat(sqe, job.path.c_str(), job.dir_fd(), job.path2.c_str());
  });
}

Step on_pool(Job& job) {
  return plain_call(job, Call::kSymlink,
                    [&] { return ::symlinkat(job.path.c_str(), job.dir_fd(), job.path2.c_str()); });
}

}  // namespace

const OpTable kSymlinkOp = {"symlink", nullptr, path_change_on_loop, on_ring, on_pool};

}  // namespace ringfs
