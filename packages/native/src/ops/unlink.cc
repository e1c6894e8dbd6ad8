// unlink.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/limits.h"
#include "ops/memory_change.h"
#include "ops/path_change.h"

namespace ringfs {

namespace {

// The last name of a large file frees its pages, one by one.
bool cached(Job& job, CachedLane& lane) {
  return change_in_memory(job, lane, Call::kUnlink, [](int folder, const char* name) {
    struct stat st {};
    const bool known = ::fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (known && st.st_size > static_cast<off_t>(kCachedBytesMax)) return kTooLarge;
    return ::unlinkat(folder, name, 0) == 0 ? 0 : errno;
  });
}

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

const OpTable kUnlinkOp = {"unlink", cached, path_change_on_loop, on_ring, on_pool, nullptr, true};

}  // namespace ringfs
