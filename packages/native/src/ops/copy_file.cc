// copyFile: both files are opened, the copy takes the mode of the source, and the bytes are shared (FICLONE) if the
// caller wants that, else copied in the kernel, else by hand. A copy that failed is removed. Every failure counts as
// one of copyfile, as in Node.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

// fs.constants.COPYFILE_...
constexpr int kExclusive = 1;
constexpr int kClone = 2;
constexpr int kCloneForce = 4;

Step close_both(Job& job) {
  int error = job.fd < 0 ? 0 : sys::close(job.fd);
  job.fd = -1;
  job.owns_fd = false;
  if (error < 0) job.fail(-error, Call::kCopyfile);
  if (job.second_fd < 0) return Step::kDone;
  error = sys::close(job.second_fd);
  job.second_fd = -1;
  if (error < 0) job.fail(-error, Call::kCopyfile);
  if (job.error != 0) ::unlinkat(job.dir_fd(), job.path2.c_str(), 0);
  return Step::kDone;
}

Step fail(Job& job, int error) {
  job.fail(error, Call::kCopyfile);
  return close_both(job);
}

bool is_cifs(int fd) {
  constexpr std::array<uint32_t, 3> kMagics = {0xff534d42, 0xfe534d42, 0x517b};  // cifs, smb2, smb
  struct statfs st {};
  if (::fstatfs(fd, &st) != 0) return false;
  return std::find(kMagics.begin(), kMagics.end(), static_cast<uint32_t>(st.f_type)) != kMagics.end();
}

// ---- the bytes -----------------------------------------------------------------------------------------------

// Each of these copies from job.done on: bytes, 0 at the end of the source, or a negative errno.

int64_t in_kernel(Job& job, size_t size) {
  auto from = static_cast<off_t>(job.done);
  const ssize_t n = ::copy_file_range(job.fd, &from, job.second_fd, nullptr, size, 0);
  return n < 0 ? -errno : n;
}

int64_t by_sendfile(Job& job, size_t size) {
  auto from = static_cast<off_t>(job.done);
  const ssize_t n = ::sendfile(job.second_fd, job.fd, &from, size);
  return n < 0 ? -errno : n;
}

int64_t by_hand(Job& job, size_t size) {
  if (!job.memory.reserve(kUnknownChunk)) return -ENOMEM;
  const int64_t n =
      sys::read_at(job.fd, job.memory.data(), std::min(size, kUnknownChunk), static_cast<int64_t>(job.done));
  int64_t written = 0;
  while (written < n) {
    const int64_t w = sys::write_at(job.second_fd, job.memory.data() + written, static_cast<size_t>(n - written), -1);
    if (w < 0) return w;
    written += w;
  }
  return n;
}

// Where copy_file_range(2) is not to be had between these two files, or says of one from a pseudo filesystem that it
// is empty.
bool kernel_cannot(int64_t result) {
  return result == 0 || result == -ENOSYS || result == -EOPNOTSUPP || result == -EXDEV || result == -EPERM ||
         result == -EACCES;
}

bool sendfile_cannot(int64_t result) { return result == 0 || result == -EINVAL || result == -EIO || result == -EXDEV; }

int64_t copy_piece(Job& job, size_t size) {
  int64_t n = in_kernel(job, size);
  if (kernel_cannot(n)) n = by_sendfile(job, size);
  if (sendfile_cannot(n)) n = by_hand(job, size);
  return n;
}

Step copy_bytes(Job& job) {
  while (job.done < job.length) {
    if (job.cancelled.load()) return fail(job, ECANCELED);
    const int64_t n = copy_piece(job, static_cast<size_t>(std::min<uint64_t>(kPoolPiece, job.length - job.done)));
    if (n == -EINTR) continue;
    if (n < 0) return fail(job, static_cast<int>(-n));
    if (n == 0) break;  // the source has become shorter
    job.done += static_cast<uint64_t>(n);
  }
  return close_both(job);
}

// ---- around them ---------------------------------------------------------------------------------------------

Step open_source(Job& job) {
  const int fd = sys::openat(job.dir_fd(), job.path.c_str(), O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return open_would_wait(job, job.path, fd) ? try_again_later(job) : job.fail(-fd, Call::kCopyfile);
  job.fd = fd;
  job.owns_fd = true;
  return Step::kDone;
}

Step open_copy(Job& job, mode_t mode) {
  const int flags = O_WRONLY | O_CREAT | ((job.flags & kExclusive) != 0 ? O_EXCL : 0);
  const int fd = sys::openat(job.dir_fd(), job.path2.c_str(), flags | O_NONBLOCK, mode);
  if (fd < 0) return open_would_wait(job, job.path2, fd) ? try_again_later(job) : fail(job, -fd);
  job.second_fd = fd;
  return Step::kDone;
}

// The copy's mode, and where the running Node does so its owner and times, as far as they may be changed.
int take_after(const Job& job, const struct stat& source) {
  if (job.has(option::kLikeSource)) {
    const std::array<timespec, 2> times = {source.st_atim, source.st_mtim};
    ::futimens(job.second_fd, times.data());
    [[maybe_unused]] const int refused = ::fchown(job.second_fd, source.st_uid, source.st_gid);
  }
  if (::fchmod(job.second_fd, source.st_mode) == 0) return 0;
  return errno == EPERM && is_cifs(job.second_fd) ? 0 : errno;
}

// 0, or why the copy cannot be emptied: a file just made read-only on ceph refuses it, and needs it not.
int make_empty(const Job& job, const struct stat& copy) {
  if (::ftruncate(job.second_fd, 0) == 0) return 0;
  return errno == EACCES && copy.st_size == 0 ? 0 : errno;
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) return fail(job, ECANCELED);
  if (job.fd < 0) {
    const Step opened = open_source(job);
    if (opened != Step::kDone || job.error != 0) return opened;
  }
  struct stat source {};
  if (::fstat(job.fd, &source) != 0) return fail(job, errno);
  if (S_ISFIFO(source.st_mode) && !has_writer(job.fd)) return try_again_later(job);
  const Step opened = open_copy(job, source.st_mode);
  if (opened != Step::kDone || job.error != 0) return opened;

  if ((job.flags & kExclusive) == 0) {
    struct stat copy {};
    if (::fstat(job.second_fd, &copy) != 0) return fail(job, errno);
    if (copy.st_dev == source.st_dev && copy.st_ino == source.st_ino) return close_both(job);
    if (const int error = make_empty(job, copy)) return fail(job, error);
  }
  if (const int error = take_after(job, source)) return fail(job, error);
  if ((job.flags & (kClone | kCloneForce)) != 0) {
    if (::ioctl(job.second_fd, FICLONE, job.fd) == 0) return close_both(job);
    if ((job.flags & kCloneForce) != 0) return fail(job, errno);
  }
  job.length = static_cast<uint64_t>(source.st_size);
  return copy_bytes(job);
}

}  // namespace

const OpTable kCopyFileOp = {"copyFile", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
