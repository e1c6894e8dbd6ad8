// unlink.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/limits.h"
#include "ops/memory_change.h"
#include "ops/path_change.h"

namespace ringfs {

namespace {

// The last name of a large file frees its pages, one by one. A filesystem mounted on it is not asked.
bool is_large(int folder, const char* name) {
  struct statx stx {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (::statx(folder, name, flags, STATX_SIZE | STATX_BLOCKS, &stx) != 0) return false;
  constexpr uint64_t kBlock = 512;
  return std::max<uint64_t>(stx.stx_size, stx.stx_blocks * kBlock) > kCachedBytesMax;
}

bool cached(Job& job, CachedLane& lane) {
  return change_in_memory(job, lane, Call::kUnlink, [](int folder, const char* name) {
    if (is_large(folder, name)) return kTooLarge;
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
