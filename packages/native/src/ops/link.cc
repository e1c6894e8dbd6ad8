// link: a second name; of a symbolic link, that link.
#include <unistd.h>

#include "ops/path_change.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kLink, [&](io_uring_sqe* sqe) {
    io_uring_prep_linkat(sqe, job.dir_fd(), job.path.c_str(), job.dir_fd(), job.path2.c_str(), 0);
  });
}

Step on_pool(Job& job) {
  return plain_call(job, Call::kLink,
                    [&] { return ::linkat(job.dir_fd(), job.path.c_str(), job.dir_fd(), job.path2.c_str(), 0); });
}

}  // namespace

const OpTable kLinkOp = {"link", nullptr, path_change_on_loop, on_ring, on_pool};

}  // namespace ringfs
