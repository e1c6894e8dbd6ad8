#include "ops/common.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/chain.h"
#include "engine/limits.h"
#include "engine/syscalls.h"

namespace ringfs {

namespace {

bool is_fifo(const Job& job, const std::string& path) {
  struct stat st {};
  return ::fstatat(job.dir_fd(), path.c_str(), &st, 0) == 0 && S_ISFIFO(st.st_mode);
}

}  // namespace

bool close_failed(int result) {
  constexpr int kErestartsys = 512;
  return result < 0 && result != -EINTR && result != -EINPROGRESS && result != -kErestartsys;
}

Step close_and_finish(Job& job) {
  if (job.owns_fd) {
    const int r = sys::close(job.fd);
    if (r < 0 && !job.has(option::kOnHandle)) job.fail(-r, Call::kClose);
    job.fd = -1;
    job.owns_fd = false;
  }
  return Step::kDone;
}

Step after_ring_close(Job& job, int result) {
  if (result == -ECANCELED) return close_and_finish(job);
  job.fd = -1;
  job.owns_fd = false;
  if (close_failed(result)) job.fail(-result, Call::kClose);
  return Step::kDone;
}

Step open_without_waiting(Job& job, int flags) {
  const int fd = sys::openat(job.dir_fd(), job.path.c_str(), flags | O_NONBLOCK, job.mode);
  if (fd >= 0) {
    job.fd = fd;
    job.owns_fd = true;
    return Step::kDone;
  }
  const bool caller_waits = (flags & O_NONBLOCK) == 0;
  if (caller_waits && open_would_wait(job, job.path, fd)) return try_again_later(job);
  return job.fail(-fd, Call::kOpen);
}

bool open_would_wait(const Job& job, const std::string& path, int result) {
  return result == -EWOULDBLOCK || (result == -ENXIO && is_fifo(job, path));
}

bool ring_open_cannot(const Job& job, int result) {
  const bool only_a_link = result == -ELOOP && job.reach == Reach::kUnproven;
  return only_a_link || ring_cannot(result);
}

Step try_again_later(Job& job) {
  job.park_ms = std::clamp(job.park_ms * 2, kRetryFirstMs, kRetryLastMs);
  return Step::kParkRetry;
}

bool has_writer(int fd) {
  pollfd state{fd, POLLIN, 0};
  if (::poll(&state, 1, 0) > 0) return true;
  std::array<int, 2> probe{};
  if (::pipe2(probe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
  const ssize_t n = ::tee(fd, probe[1], 1, SPLICE_F_NONBLOCK);
  const bool there = n > 0 || (n < 0 && errno == EAGAIN);
  ::close(probe[0]);
  ::close(probe[1]);
  return there;
}

}  // namespace ringfs
