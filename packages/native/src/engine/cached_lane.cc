#include "engine/cached_lane.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>

#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

constexpr unsigned kMissesBeforeDoubt = 8;
constexpr unsigned kDoubtfulTryEvery = 16;

// Outcomes of a read-only walk through cached dentries that a literal open would have had too.
bool is_final(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == EACCES || error_number == ELOOP;
}

// Whether openat2(RESOLVE_CACHED) is to be had here: not with some seccomp profiles (EPERM, ENOSYS), not
// before Linux 5.12 (EINVAL). Asked once with arguments that are known to be good, since a caller's own flags
// can earn an EINVAL too.
bool is_offered() {
  const int fd = sys::openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, RESOLVE_CACHED);
  if (fd >= 0) sys::close(fd);
  return fd != -EPERM && fd != -ENOSYS && fd != -EINVAL;
}

constexpr int kChangesSomething = O_CREAT | O_TRUNC | O_APPEND;

}  // namespace

CachedLane::CachedLane(Host& host, MountTable& mounts, Counters& counters)
    : host_(host), mounts_(mounts), counters_(counters), off_(!is_offered()) {}

bool CachedLane::attempt(Job& job) {
  const auto cached = table_of(job.op).cached;
  if (cached == nullptr) return false;
  job.tried = true;
  if (cached(job, *this)) {
    misses_in_a_row_ = 0;
    job.lane = Lane::kCached;
    Counters::add(counters_.cached_hits);
    return true;
  }
  misses_in_a_row_ += 1;
  Counters::add(counters_.cached_misses);
  return false;
}

bool CachedLane::promising() {
  if (misses_in_a_row_ < kMissesBeforeDoubt) return true;
  skipped_ += 1;
  return skipped_ % kDoubtfulTryEvery == 0;
}

CachedLane::Opened CachedLane::open(Job& job, int flags) {
  bool plain_walk = false;
  if (off_ || !mounts_.may_open(job.path, job.dir != nullptr, &plain_walk)) return Opened::kNo;
  const uint64_t resolve = RESOLVE_CACHED | (plain_walk ? RESOLVE_NO_SYMLINKS : 0);
  const int fd = sys::openat2(job.dir_fd(), job.path.c_str(), flags | O_NONBLOCK | O_CLOEXEC, 0, resolve);
  if (fd < 0) {
    // With a plain walk ELOOP only says that there is a symbolic link.
    const bool final = is_final(-fd) && !(plain_walk && fd == -ELOOP) && (flags & O_ACCMODE) == O_RDONLY &&
                       (flags & kChangesSomething) == 0;
    if (!final) return Opened::kNo;
    job.fail(-fd, Call::kOpen);
    return Opened::kFailed;
  }
  job.fd = fd;
  job.owns_fd = true;
  job.stage = Stage::kOpened;
  if (sys::facts(fd, &job.facts) != 0) return Opened::kNo;
  if (mounts_.kind(job.facts) == Filesystem::kOther) {
    sys::filesystem(fd, &job.facts);
    mounts_.kind(job.facts);  // remembered for every later file of this device
  }
  return Opened::kYes;
}

CachedLane::Opened CachedLane::open_path(Job& job, int extra_flags, int* fd) {
  bool plain_walk = false;
  if (off_ || !mounts_.may_open(job.path, job.dir != nullptr, &plain_walk)) return Opened::kNo;
  const uint64_t resolve = RESOLVE_CACHED | (plain_walk ? RESOLVE_NO_SYMLINKS : 0);
  *fd = sys::openat2(job.dir_fd(), job.path.c_str(), O_PATH | O_CLOEXEC | extra_flags, 0, resolve);
  if (*fd >= 0) return Opened::kYes;
  if (!is_final(-*fd) || (plain_walk && *fd == -ELOOP)) return Opened::kNo;
  job.error = -*fd;
  return Opened::kFailed;
}

int CachedLane::walk_plainly(const std::string& path) const {
  bool plain_walk = false;
  if (off_ || !mounts_.may_open(path, false, &plain_walk)) return -EAGAIN;
  return sys::openat2(AT_FDCWD, path.c_str(), O_PATH | O_CLOEXEC, 0, RESOLVE_CACHED | RESOLVE_NO_SYMLINKS);
}

int64_t CachedLane::read(int fd, const FileFacts& facts, void* data, size_t size, int64_t offset) {
  const auto kind = mounts_.kind(facts);
  if (kind == Filesystem::kMemory) return sys::read_at(fd, data, size, offset);
  if (reads_off_) return -EAGAIN;
  const int64_t n = sys::read_nowait(fd, data, size, offset);
  if (n == -EPERM || n == -ENOSYS) reads_off_ = true;  // seccomp
  return n;
}

}  // namespace ringfs
