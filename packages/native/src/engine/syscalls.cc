#include "engine/syscalls.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "engine/checked_memory.h"

namespace ringfs::sys {

namespace {

constexpr int kAtEmptyPath = 0x1000;

int64_t result(int64_t r) { return r < 0 ? -errno : r; }

// RWF_NOWAIT is not known for this file, or not allowed here.
bool says_nothing(int64_t n) { return n == -EOPNOTSUPP || n == -EINVAL || n == -ENOSYS || n == -EPERM; }

// Another open of a FIFO that is open already; a negative number for anything else.
int reopen_nonblocking(int fd, int flags) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode)) return -1;
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  return ::open(path.data(), flags | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

int openat2(int dir_fd, const char* path, int flags, uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<uint64_t>(static_cast<uint32_t>(flags));
  how.resolve = resolve;
  return static_cast<int>(result(::syscall(SYS_openat2, dir_fd, path, &how, sizeof(how))));
}

int openat(int dir_fd, const char* path, int flags, uint32_t mode) {
  int64_t r;
  do {
    r = result(::openat(dir_fd, path, flags | O_CLOEXEC, mode));
  } while (r == -EINTR);
  return static_cast<int>(r);
}

int64_t read_nowait(int fd, void* data, size_t size, int64_t offset) {
  check_memory(data, size);
  iovec vec{data, size};
  return result(::preadv2(fd, &vec, 1, offset, RWF_NOWAIT));
}

int64_t write_nowait(int fd, const void* data, size_t size, int64_t offset) {
  iovec vec{const_cast<void*>(data), size};
  return result(::pwritev2(fd, &vec, 1, offset, RWF_NOWAIT));
}

int64_t read_ready(int fd, void* data, size_t size) {
  const int64_t n = read_nowait(fd, data, size, -1);
  if (!says_nothing(n)) return n;
  // A named FIFO does not know RWF_NOWAIT (Linux 6.18): another open of the same FIFO that does not block does as well.
  const int own = reopen_nonblocking(fd, O_RDONLY);
  if (own < 0) return read_at(fd, data, size, -1);
  const int64_t r = read_at(own, data, size, -1);
  close(own);
  return r;
}

int64_t write_ready(int fd, const void* data, size_t size) {
  const int64_t n = write_nowait(fd, data, size, -1);
  if (!says_nothing(n)) return n;
  const int own = reopen_nonblocking(fd, O_WRONLY);
  // As much as a pipe that polls as writable takes at once.
  if (own < 0) return write_at(fd, data, std::min<size_t>(size, PIPE_BUF), -1);
  const int64_t r = write_at(own, data, size, -1);
  close(own);
  return r;
}

int64_t read_at(int fd, void* data, size_t size, int64_t offset) {
  int64_t r;
  do {
    r = result(offset < 0 ? ::read(fd, data, size) : ::pread(fd, data, size, offset));
  } while (r == -EINTR);
  return r;
}

int64_t write_at(int fd, const void* data, size_t size, int64_t offset) {
  int64_t r;
  do {
    r = result(offset < 0 ? ::write(fd, data, size) : ::pwrite(fd, data, size, offset));
  } while (r == -EINTR);
  return r;
}

int statx_all(int dir_fd, const char* path, int flags, struct statx* out) {
  return static_cast<int>(result(::statx(dir_fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, out)));
}

int facts(int fd, FileFacts* out) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return -errno;
  out->size = static_cast<uint64_t>(st.st_size);
  out->dev = st.st_dev;
  out->mode = st.st_mode;
  return 0;
}

int facts_without_sync(int fd, FileFacts* out) {
  struct statx stx {};
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MODE | STATX_SIZE, &stx) != 0) {
    return -errno;
  }
  out->size = stx.stx_size;
  out->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
  out->mode = stx.stx_mode;
  return 0;
}

void filesystem(int fd, FileFacts* out) {
  struct statfs st {};
  out->filesystem = ::fstatfs(fd, &st) == 0 ? static_cast<int64_t>(st.f_type) : 0;
}

bool is_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

bool is_readable(int fd) {
  pollfd asked{fd, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

bool is_direct(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) != 0;
}

int access_fd(int fd, int mode) {
  return static_cast<int>(result(::syscall(SYS_faccessat2, fd, "", mode, kAtEmptyPath)));
}

int64_t entries(int fd, void* data, size_t size) { return result(::syscall(SYS_getdents64, fd, data, size)); }

int close(int fd) {
  const int r = ::close(fd);
  if (r == 0 || errno == EINTR || errno == EINPROGRESS) return 0;
  return -errno;
}

int make_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  return static_cast<int>(result(::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK)));
}

int make_blocking(int fd, int flags) {
  // O_PATH leaves no O_NONBLOCK, and F_SETFL is EBADF there.
  if ((flags & O_PATH) != 0) return 0;
  return static_cast<int>(result(::fcntl(fd, F_SETFL, flags & (O_APPEND | O_DIRECT | O_NOATIME | O_ASYNC))));
}

int duplicate(int fd) { return static_cast<int>(result(::fcntl(fd, F_DUPFD_CLOEXEC, 3))); }

namespace {

int64_t time_of(clockid_t clock) {
  timespec ts{};
  ::clock_gettime(clock, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

int64_t now_ns() { return time_of(CLOCK_MONOTONIC); }

int64_t coarse_now_ns() { return time_of(CLOCK_MONOTONIC_COARSE); }

}  // namespace ringfs::sys
