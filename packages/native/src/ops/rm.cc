// rm: a file, or a folder with all that is in it. There is no opcode for a walk: plain system calls.
//
// Everything below the folder that was asked for is reached by descriptors, never by path and never through a symbolic
// link: nobody can have something else removed by putting a link in the way. The first failure ends it; the caller then
// asks Node, which goes on from there with the errors and retries of its version.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/names.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// A folder on the way down.
struct Level {
  std::string name;  // in the folder above
  int fd = -1;       // -1: closed for the time being
  dev_t dev = 0;
  ino_t ino = 0;
  Names names;
  size_t next = 0;
};

struct Removal final : JobState {
  ~Removal() override {
    for (Level& level : levels) shut(level);
  }
  static void shut(Level& level) {
    if (level.fd >= 0) sys::close(level.fd);
    level.fd = -1;
  }
  std::vector<Level> levels;
};

int remove_at(int fd, const std::string& name, int flags) {
  return ::unlinkat(fd, name.c_str(), flags) == 0 || errno == ENOENT ? 0 : errno;
}

int read_names(Job& job, Level& level) {
  if (!job.memory.reserve(kChainBytes)) return ENOMEM;
  for (;;) {
    const int64_t n = sys::entries(level.fd, job.memory.data(), job.memory.capacity());
    if (n == -ENOENT) return 0;  // somebody else has removed it: there are no more names in it
    if (n <= 0) return static_cast<int>(-n);
    level.names.take(job.memory.data(), static_cast<size_t>(n));
    if (job.cancelled.load()) return ECANCELED;
    if (!job.memory.reserve(kFolderBytes)) return ENOMEM;
  }
}

// Opens a folder that rmdir found in use, and reads it. One that is gone by now is no failure. 0 or an errno.
int descend(Job& job, Removal& removal, int above, const std::string& name) {
  const int fd = sys::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd == -ENOENT) return 0;
  if (fd < 0) return -fd;
  removal.levels.emplace_back();
  Level& level = removal.levels.back();
  level.name = name;
  level.fd = fd;
  struct stat st {};
  if (::fstat(fd, &st) != 0) return errno;
  level.dev = st.st_dev;
  level.ino = st.st_ino;
  // However deep the tree is, a bounded number of descriptors is open: those furthest up come back by "..".
  if (removal.levels.size() > kOpenLevels) Removal::shut(removal.levels[removal.levels.size() - kOpenLevels - 1]);
  return read_names(job, level);
}

// A folder goes at once if it is empty. What cannot be removed whatever is in it (a place where something is mounted)
// fails here, before anything in it is touched.
int remove_folder(Job& job, Removal& removal, int above, const std::string& name) {
  const int error = remove_at(above, name, AT_REMOVEDIR);
  return error == ENOTEMPTY || error == EEXIST ? descend(job, removal, above, name) : error;
}

int remove_entry(Job& job, Removal& removal, int above, const std::string& name, Names::Kind kind) {
  if (kind != Names::kDirectory) {
    const int error = remove_at(above, name, 0);
    if (error != EISDIR) return error;
  }
  return remove_folder(job, removal, above, name);
}

// The folder above, open again if it was closed. It must be the one it was.
int reopen(Level& above, const Level& level) {
  if (above.fd >= 0) return 0;
  const int fd = sys::openat(level.fd, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return -fd;
  above.fd = fd;
  struct stat st {};
  if (::fstat(fd, &st) != 0) return errno;
  return st.st_dev == above.dev && st.st_ino == above.ino ? 0 : ESTALE;
}

// A folder whose names are all gone goes too.
int ascend(const Job& job, Removal& removal) {
  const size_t depth = removal.levels.size();
  Level& level = removal.levels.back();
  int above = job.dir_fd();
  if (depth > 1) {
    const int error = reopen(removal.levels[depth - 2], level);
    if (error != 0) return error;
    above = removal.levels[depth - 2].fd;
  }
  const std::string name = std::move(level.name);
  Removal::shut(level);
  removal.levels.pop_back();
  return remove_at(above, name, AT_REMOVEDIR);
}

int step(Job& job, Removal& removal) {
  Level& level = removal.levels.back();
  if (level.next == level.names.size()) return ascend(job, removal);
  const size_t i = level.next++;
  // By value: `level` moves when another one is added.
  return remove_entry(job, removal, level.fd, level.names.name(i), level.names.entry(i).kind);
}

Step fail(Job& job, int error, Call call) {
  job.state.reset();
  return job.fail(error, call);
}

// The first look at the path. Where it is a file, or an empty folder, this is all.
Step begin(Job& job) {
  struct stat st {};
  if (::fstatat(job.dir_fd(), job.path.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return fail(job, errno, Call::kLstat);
  const bool folder = S_ISDIR(st.st_mode);
  if (folder && !job.has(option::kRecursive)) return fail(job, EISDIR, Call::kNone);
  job.state = std::make_unique<Removal>();
  auto& removal = static_cast<Removal&>(*job.state);
  const int error = folder ? remove_folder(job, removal, job.dir_fd(), job.path) : remove_at(job.dir_fd(), job.path, 0);
  return error == 0 ? Step::kDone : fail(job, error, Call::kNone);
}

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  (void)side;
  return Step::kToPool;
}

Step on_pool(Job& job) {
  const int64_t ends_ns = sys::now_ns() + kPoolSliceNs;
  if (!job.state) begin(job);
  if (job.error != 0) return Step::kDone;
  auto& removal = static_cast<Removal&>(*job.state);
  while (!removal.levels.empty()) {
    if (job.cancelled.load()) return fail(job, ECANCELED, Call::kNone);
    const int error = step(job, removal);
    if (error != 0) return fail(job, error, Call::kNone);
    if (sys::now_ns() > ends_ns && !removal.levels.empty()) return Step::kToPool;
  }
  return Step::kDone;
}

}  // namespace

const OpTable kRmOp = {"rm", nullptr, on_loop, nullptr, on_pool};

}  // namespace ringfs
