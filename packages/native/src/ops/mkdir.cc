// mkdir; with `recursive` the missing parents too. The value is the length of the path's prefix that names the
// first folder made, or 0 if none was.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <vector>

#include "ops/path_change.h"

namespace ringfs {

namespace {

Step on_loop(Job& job, LoopSide& side) {
  return job.has(option::kRecursive) ? Step::kToPool : side.pool_unless_forced();
}

Step on_ring(Job& job, Chain& chain) {
  return path_change_on_ring(job, chain, Call::kMkdir, [&](io_uring_sqe* sqe) {
    io_uring_prep_mkdirat(sqe, job.dir_fd(), job.path.c_str(), job.mode);
  });
}

int make(const Job& job, const std::string& path) {
  return ::mkdirat(job.dir_fd(), path.c_str(), job.mode) == 0 ? 0 : errno;
}

bool is_folder(const Job& job, const std::string& path) {
  struct stat st {};
  return ::fstatat(job.dir_fd(), path.c_str(), &st, 0) == 0 && S_ISDIR(st.st_mode);
}

// The end of the parent's name in path[0, end), or 0 if there is no parent to make.
size_t parent_end(const std::string& path, size_t end) {
  while (end > 0 && path[end - 1] == '/') end -= 1;
  while (end > 0 && path[end - 1] != '/') end -= 1;
  while (end > 1 && path[end - 1] == '/') end -= 1;
  return end == 1 && path[0] == '/' ? 0 : end;
}

// Walks up until a folder can be made, then down again. Node words the errors of this walk in its own way, so
// any failure is left to Node: see fs-compat/src/mkdir.ts.
Step make_all(Job& job) {
  std::vector<size_t> missing;
  size_t end = job.path.size();
  for (;;) {
    const std::string part = job.path.substr(0, end);
    const int error = make(job, part);
    if (error == 0) {
      if (job.value == 0) job.value = static_cast<int64_t>(end);
    } else if (error == ENOENT) {
      const size_t up = parent_end(job.path, end);
      if (up == 0 || up >= end) return job.fail(error, Call::kMkdir);
      missing.push_back(end);
      end = up;
      continue;
    } else if (!is_folder(job, part)) {
      return job.fail(error, Call::kMkdir);
    }
    if (missing.empty()) return Step::kDone;
    end = missing.back();
    missing.pop_back();
  }
}

Step on_pool(Job& job) {
  if (job.has(option::kRecursive)) return make_all(job);
  const int error = make(job, job.path);
  return error != 0 ? job.fail(error, Call::kMkdir) : Step::kDone;
}

}  // namespace

const OpTable kMkdirOp = {"mkdir", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
