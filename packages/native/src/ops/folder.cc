// opendir and readFolder: a folder that the caller keeps open, and the names in it, some at a time and in the
// filesystem's own order. There is no opcode for getdents64(2): plain system calls.
#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "engine/cached_lane.h"
#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/names.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// With O_DIRECTORY the open of a FIFO or a device is an error and waits for nobody. O_NONBLOCK stays, as in opendir(3).
constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;

Step to_pool(Job& job, LoopSide& side) {
  (void)job;
  (void)side;
  return Step::kToPool;
}

Step hand_over(Job& job) {
  job.folder = std::make_shared<Directory>(job.fd);
  job.fd = -1;
  job.owns_fd = false;
  return Step::kDone;
}

bool opendir_cached(Job& job, CachedLane& lane) {
  const auto opened = lane.open(job, kOpenFlags);
  if (opened == CachedLane::Opened::kFailed) {
    job.call = Call::kOpendir;
    return true;
  }
  if (opened == CachedLane::Opened::kNo) return false;
  hand_over(job);
  return true;
}

Step opendir_on_pool(Job& job) {
  if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpendir);
  if (job.fd < 0) {
    const int fd = sys::openat(job.dir_fd(), job.path.c_str(), kOpenFlags, 0);
    if (fd < 0) return job.fail(-fd, Call::kOpendir);
    job.fd = fd;
    job.owns_fd = true;
  }
  return hand_over(job);
}

// One call of getdents64(2) with as much room as readdir(3) has. Bytes, 0 at the end, or a negative errno.
int64_t read_some(Job& job, Names& names) {
  if (!job.memory.reserve(kChainBytes)) return -ENOMEM;
  const int64_t n = sys::entries(job.folder->fd(), job.memory.data(), kChainBytes);
  if (n == -ENOENT) return 0;  // it has been removed: readdir(3) finds no more in it
  if (n > 0) names.take(job.memory.data(), static_cast<size_t>(n));
  return n;
}

// At least Job::length names, unless the folder ends before: more where one system call gave more.
Step read_folder_on_pool(Job& job) {
  if (!job.state) job.state = std::make_unique<Listing>();
  auto& listing = static_cast<Listing&>(*job.state);
  listing.kinds = true;
  const int64_t ends_ns = sys::now_ns() + kPoolSliceNs;
  while (listing.names.size() < job.length) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kReaddir);
    const int64_t n = read_some(job, listing.names);
    if (n < 0) return job.fail(static_cast<int>(-n), Call::kReaddir);
    if (n == 0) break;
    if (sys::now_ns() > ends_ns) return Step::kToPool;
  }
  job.value = static_cast<int64_t>(listing.names.size());
  return Step::kDone;
}

}  // namespace

const OpTable kOpendirOp = {"opendir", opendir_cached, to_pool, nullptr, opendir_on_pool};
const OpTable kReadFolderOp = {"readFolder", nullptr, to_pool, nullptr, read_folder_on_pool};

}  // namespace ringfs
