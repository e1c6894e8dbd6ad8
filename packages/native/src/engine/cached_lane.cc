#include "engine/cached_lane.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

constexpr size_t kWorthARing = 4;
constexpr unsigned kRefusalsBeforePlain = 8;
constexpr unsigned kPlainBeforeRing = 256;
constexpr unsigned kMissesBeforeDoubt = 8;
constexpr unsigned kHitsBeforeGuess = 8;
constexpr unsigned kDoubtfulTryEvery = 16;

// Outcomes of a read-only walk through cached dentries that a literal open would have had too.
bool is_final(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == EACCES || error_number == ELOOP;
}

// Whether openat2(RESOLVE_CACHED) is to be had here: not with some seccomp profiles (EPERM, ENOSYS), not
// before Linux 5.12 (EINVAL). Asked once with arguments that are known to be good, since a caller's own flags
// can earn an EINVAL too.
bool is_offered() {
  const int fd = sys::openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, RESOLVE_CACHED);
  if (fd >= 0) sys::close(fd);
  return fd != -EPERM && fd != -ENOSYS && fd != -EINVAL;
}

constexpr int kChangesSomething = O_CREAT | O_TRUNC | O_APPEND;

}  // namespace

CachedLane::CachedLane(Host& host, MountTable& mounts, Counters& counters, const Kernel& kernel, bool use_ring)
    : host_(host),
      mounts_(mounts),
      counters_(counters),
      off_(!is_offered()),
      ring_(kernel, counters),
      use_ring_(use_ring) {}

bool CachedLane::attempt(Job& job) {
  job.tried = true;
  return count(job, table_of(job.op).cached(job, *this));
}

bool CachedLane::count(Job& job, bool hit) {
  if (hit) job.lane = Lane::kCached;
  Counters::add(hit ? counters_.cached_hits : counters_.cached_misses);
  // What is made or not says nothing of what is cached.
  if (table_of(job.op).in_memory_only) return hit;
  hits_in_a_row_ = hit ? hits_in_a_row_ + 1 : 0;
  misses_in_a_row_ = hit ? 0 : misses_in_a_row_ + 1;
  return hit;
}

bool CachedLane::shares(const Job& job) {
  if (!use_ring_ || table_of(job.op).shared == nullptr) return false;
  if (plain_next_ == 0) return true;
  plain_next_ -= 1;
  return false;
}

void CachedLane::note_nowait(bool known) {
  nowait_refused_ = known ? 0 : nowait_refused_ + 1;
  if (nowait_refused_ < kRefusalsBeforePlain) return;
  nowait_refused_ = 0;
  plain_next_ = kPlainBeforeRing;
}

void CachedLane::attempt_together(const std::vector<Job*>& jobs, std::vector<bool>& hits) {
  // A lone attempt is no reason to set a ring up.
  const bool with_ring = ring_.ready() || (jobs.size() >= kWorthARing && ring_.set_up());
  shared_.assign(jobs.size(), Shared::kMiss);
  alone_.assign(jobs.size(), !with_ring);
  for (unsigned i = 0; with_ring && i < jobs.size(); i++) {
    jobs[i]->tried = true;
    alone_[i] = !table_of(jobs[i]->op).shared->prep(*jobs[i], *this, ring_, i);
  }
  if (with_ring) judge_together(jobs);
  for (unsigned i = 0; i < jobs.size(); i++) {
    const bool hit = alone_[i] ? attempt(*jobs[i]) : count(*jobs[i], shared_[i] == Shared::kDone);
    if (hit && alone_[i]) own_text(*jobs[i]);
    hits.push_back(hit);
  }
}

// Text stands in memory that the next attempt needs too. Without memory of its own the op fails as if there were none.
void CachedLane::own_text(Job& job) {
  if (job.target == nullptr || job.target != scratch_.data()) return;
  if (job.memory.reserve(std::max<uint64_t>(job.done, 1))) {
    std::copy_n(job.target, job.done, job.memory.data());
  } else {
    job.fail(ENOMEM, Call::kRead);
  }
  job.target = nullptr;
}

void CachedLane::judge_together(const std::vector<Job*>& jobs) {
  ring_.enter();
  for (unsigned i = 0; i < jobs.size(); i++) {
    if (alone_[i]) continue;
    shared_[i] = table_of(jobs[i]->op).shared->judge(*jobs[i], *this, ring_, i);
    if (shared_[i] == Shared::kClose) ring_.close_opened(i);
    if (shared_[i] == Shared::kInstall) ring_.install_opened(i);
  }
  ring_.enter();
  for (unsigned i = 0; i < jobs.size(); i++) {
    if (shared_[i] == Shared::kClose) shared_[i] = Shared::kDone;
    if (shared_[i] != Shared::kInstall) continue;
    Job& job = *jobs[i];
    shared_[i] = Shared::kMiss;
    if (ring_.installed(i) < 0) {
      // No descriptor left: the literal open will say so, or find whatever has that name by then.
      job.has_taken = job.done > 0;
      job.done = 0;
      continue;
    }
    job.fd = ring_.installed(i);
    job.owns_fd = true;
    job.stage = Stage::kOpened;
    if (!table_of(job.op).shared->go_on(job, *this)) continue;
    own_text(job);
    shared_[i] = Shared::kDone;
  }
}

bool CachedLane::hits_lately() const { return hits_in_a_row_ >= kHitsBeforeGuess; }

void CachedLane::note_guess(bool hit) {
  misses_in_a_row_ = hit ? 0 : misses_in_a_row_ + 1;
  if (misses_in_a_row_ == kMissesBeforeDoubt) hits_in_a_row_ = 0;
}

bool CachedLane::promising() {
  if (misses_in_a_row_ < kMissesBeforeDoubt) return true;
  skipped_ += 1;
  return skipped_ % kDoubtfulTryEvery == 0;
}

bool CachedLane::may_open(const Job& job, uint64_t* resolve) {
  bool plain_walk = false;
  if (!mounts_.may_open(job.path, job.dir != nullptr, &plain_walk)) return false;
  *resolve = RESOLVE_CACHED | (plain_walk ? RESOLVE_NO_SYMLINKS : 0);
  return true;
}

bool CachedLane::is_answer(Job& job, int result, int flags, uint64_t resolve) {
  // With a plain walk ELOOP only says that there is a symbolic link.
  const bool only_a_link = (resolve & RESOLVE_NO_SYMLINKS) != 0 && result == -ELOOP;
  if (!is_final(-result) || only_a_link) return false;
  if ((flags & O_ACCMODE) != O_RDONLY || (flags & kChangesSomething) != 0) return false;
  job.fail(-result, Call::kOpen);
  return true;
}

bool CachedLane::is_answer(Job& job, int result, Call call) {
  if (is_final(-result)) job.fail(-result, call);
  return job.error != 0;
}

bool CachedLane::look(Job& job) {
  if (sys::facts(job.fd, &job.facts) != 0) return false;
  kind_of(job.fd, job.facts);
  return true;
}

Filesystem CachedLane::kind_of(int fd, FileFacts& facts) {
  const auto kind = mounts_.kind(facts);
  if (kind != Filesystem::kOther) return kind;
  sys::filesystem(fd, &facts);
  return mounts_.kind(facts);  // remembered for every later file of this device
}

CachedLane::Opened CachedLane::open(Job& job, int flags) {
  uint64_t resolve = 0;
  if (!may_open(job, &resolve)) return Opened::kNo;
  const int fd = sys::openat2(job.dir_fd(), job.path.c_str(), flags | O_NONBLOCK | O_CLOEXEC, resolve);
  if (fd < 0) return is_answer(job, fd, flags, resolve) ? Opened::kFailed : Opened::kNo;
  job.fd = fd;
  job.owns_fd = true;
  job.stage = Stage::kOpened;
  return look(job) ? Opened::kYes : Opened::kNo;
}

CachedLane::Opened CachedLane::open_path(Job& job, int extra_flags, int* fd) {
  bool plain_walk = false;
  if (!mounts_.may_open(job.path, job.dir != nullptr, &plain_walk)) return Opened::kNo;
  const uint64_t resolve = RESOLVE_CACHED | (plain_walk ? RESOLVE_NO_SYMLINKS : 0);
  *fd = sys::openat2(job.dir_fd(), job.path.c_str(), O_PATH | O_CLOEXEC | extra_flags, resolve);
  if (*fd >= 0) {
    if (mounts_.all_prompt() && job.path[0] == '/') seen_.note(job.path, sys::coarse_now_ns());
    return Opened::kYes;
  }
  if (!is_final(-*fd) || (plain_walk && *fd == -ELOOP)) return Opened::kNo;
  job.error = -*fd;
  return Opened::kFailed;
}

int CachedLane::walk_plainly(const std::string& path) const {
  bool plain_walk = false;
  if (!mounts_.may_open(path, false, &plain_walk)) return -EAGAIN;
  return sys::openat2(AT_FDCWD, path.c_str(), O_PATH | O_CLOEXEC, RESOLVE_CACHED | RESOLVE_NO_SYMLINKS);
}

int CachedLane::memory_folder(const Job& job, const char** name) {
  const size_t slash = job.path.rfind('/');
  // Too long as a whole is too long, though its folder may not be.
  if (slash == std::string::npos || job.path.size() >= PATH_MAX) return -EINVAL;
  *name = job.path.c_str() + slash + 1;
  const std::string_view last = *name;
  if (last.empty() || last == "." || last == "..") return -EINVAL;
  const size_t length = std::max<size_t>(slash, 1);
  if (folder_fd_ >= 0 && job.path.compare(0, length, folder_) == 0) return folder_fd_;
  forget_folder();
  folder_.assign(job.path, 0, length);
  // The whole path: the name may be that of a mount which does not answer.
  uint64_t resolve = 0;
  if (!may_open(job, &resolve)) return -EAGAIN;
  folder_fd_ = sys::openat2(AT_FDCWD, folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC, resolve);
  FileFacts facts;
  const bool looked = folder_fd_ >= 0 && sys::facts(folder_fd_, &facts) == 0;
  if (!looked || kind_of(folder_fd_, facts) != Filesystem::kMemory) forget_folder();
  return folder_fd_;
}

void CachedLane::forget_folder() {
  if (folder_fd_ >= 0) sys::close(folder_fd_);
  folder_fd_ = -1;
}

bool CachedLane::seen_lately(const Job& job) {
  if (!mounts_.all_prompt() || job.path.empty() || job.path[0] != '/') return false;
  const int64_t now_ns = sys::coarse_now_ns();
  if (!seen_.lately(job.path, now_ns)) return false;
  seen_.note(job.path, now_ns);
  return true;
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
