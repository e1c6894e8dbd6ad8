// statfs: of the filesystem that a path is on.
#include <fcntl.h>
#include <sys/vfs.h>

#include "engine/syscalls.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

// There is no statfsat(2): below a folder that is held open, the file itself is opened (O_PATH asks for no right to
// it).
int ask(const Job& job, struct statfs* out) {
  if (!job.dir) return ::statfs(job.path.c_str(), out);
  const int fd = sys::openat(job.dir_fd(), job.path.c_str(), O_PATH, 0);
  if (fd < 0) {
    errno = -fd;
    return -1;
  }
  const int r = ::fstatfs(fd, out);
  const int error = errno;
  sys::close(fd);
  errno = error;
  return r;
}

Step on_pool(Job& job) {
  struct statfs st {};
  return plain_call(job, Call::kStatfs, [&] {
    if (ask(job, &st) != 0) return -1;
    const auto u64 = [](auto value) { return static_cast<uint64_t>(value); };
    job.statfs = {u64(st.f_type),  u64(st.f_bsize),  u64(st.f_frsize), u64(st.f_blocks),
                  u64(st.f_bfree), u64(st.f_bavail), u64(st.f_files),  u64(st.f_ffree)};
    return 0;
  });
}

}  // namespace

const OpTable kStatfsOp = {"statfs", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
