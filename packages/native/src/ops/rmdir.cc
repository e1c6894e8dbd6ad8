// rmdir.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "ops/memory_change.h"
#include "ops/path_change.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

bool cached(Job& job, CachedLane& lane) {
  return change_in_memory(job, lane, Call::kRmdir, [](int folder, const char* name) {
    return ::unlinkat(folder, name, AT_REMOVEDIR) == 0 ? 0 : errno;
  });
}

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kRmdir, [&](io_uring_sqe* sqe) {
    io_uring_prep_unlinkat(sqe, job.dir_fd(), job.path.c_str(), AT_REMOVEDIR);
  });
}

Step on_pool(Job& job) {
  return plain_call(job, Call::kRmdir, [&] { return ::unlinkat(job.dir_fd(), job.path.c_str(), AT_REMOVEDIR); });
}

}  // namespace

const OpTable kRmdirOp = {"rmdir", cached, path_change_on_loop, on_ring, on_pool, nullptr, true};

}  // namespace ringfs
