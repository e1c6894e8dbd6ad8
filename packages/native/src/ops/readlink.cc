// readlink: what a symbolic link says.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "engine/cached_lane.h"
#include "engine/syscalls.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

// Finishes without waiting where the link is in the inode, which is at hand; elsewhere its block may have to be read.
bool cached(Job& job, CachedLane& lane) {
  int fd = -1;
  const auto opened = lane.open_path(job, O_NOFOLLOW, &fd);
  if (opened == CachedLane::Opened::kFailed) {
    job.call = Call::kReadlink;
    return true;
  }
  if (opened == CachedLane::Opened::kNo) return false;
  FileFacts facts;
  bool done = false;
  if (sys::facts_without_sync(fd, &facts) == 0 && lane.mounts().link_is_at_hand(fd, facts)) {
    std::array<char, PATH_MAX> said{};
    const ssize_t n = ::readlinkat(fd, "", said.data(), said.size());
    done = n > 0;
    if (done) job.text.assign(said.data(), static_cast<size_t>(n));
  }
  sys::close(fd);
  return done;
}

Step on_pool(Job& job) {
  std::array<char, PATH_MAX> said{};
  return plain_call(job, Call::kReadlink, [&] {
    const ssize_t n = ::readlinkat(job.dir_fd(), job.path.c_str(), said.data(), said.size());
    if (n < 0) return -1;
    job.text.assign(said.data(), static_cast<size_t>(n));
    return 0;
  });
}

}  // namespace

const OpTable kReadlinkOp = {"readlink", cached, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
