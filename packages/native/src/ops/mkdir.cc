// mkdir; with `recursive` the missing parents too. The value is the length of the path's prefix that names the
// first folder made, or 0 if none was.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <vector>

#include "ops/memory_change.h"
#include "ops/path_change.h"

namespace ringfs {

namespace {

bool cached(Job& job, CachedLane& lane) {
  return change_in_memory(job, lane, Call::kMkdir, [&](int folder, const char* name) {
    return ::mkdirat(folder, name, job.mode) == 0 ? 0 : errno;
  });
}

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

// Where the parent's name ends in path[0, end), or 0 if there is no parent to make. Doubled slashes count as Node
// counts them: the last one ends the name.
size_t parent_end(const std::string& path, size_t end) {
  const size_t slash = end == 0 ? std::string::npos : path.rfind('/', end - 1);
  return slash == std::string::npos ? 0 : slash;
}

// A failure after a folder was made tells which part of the path it met; before that Node is asked, which words the
// errors of this walk in its own way.
Step fail_at(Job& job, int error, size_t end) {
  job.value = job.value > 0 ? static_cast<int64_t>(end) : 0;
  return job.fail(error, Call::kMkdir);
}

// Walks up until a folder can be made, then down again.
Step make_all(Job& job) {
  std::vector<size_t> missing;
  bool parent_is_there = false;
  size_t end = job.path.size();
  for (;;) {
    const std::string part = job.path.substr(0, end);
    const int error = make(job, part);
    if (error == 0) {
      if (job.value == 0) job.value = static_cast<int64_t>(end);
    } else if (error == ENOENT) {
      // With its parent there, it cannot be made at all: /proc, or a folder that is gone.
      if (parent_is_there) return fail_at(job, error, end);
      const size_t up = parent_end(job.path, end);
      if (up == 0) return fail_at(job, error, end);
      missing.push_back(end);
      end = up;
      continue;
    } else if (!is_folder(job, part)) {
      return fail_at(job, error, end);
    }
    if (missing.empty()) return Step::kDone;
    parent_is_there = true;
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

const OpTable kMkdirOp = {"mkdir", cached, on_loop, on_ring, on_pool, nullptr, true};

}  // namespace ringfs
