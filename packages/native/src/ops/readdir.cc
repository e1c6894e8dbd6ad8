// readdir: the names in a folder, or in a whole tree of folders. There is no opcode for it: plain system calls.
//
// Folders of a tree are opened by their whole path, as Node opens them: so what is too long or winds through too many
// links ends where it ends in Node.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <string>

#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/memory.h"
#include "engine/syscalls.h"
#include "ops/names.h"
#include "ops/op.h"

namespace ringfs {

namespace {

struct Walk final : Listing {
  std::deque<std::string> waiting;  // folders to be read, below the one that was asked for
  std::string folder;               // the one being read; "" is the one that was asked for
  Names found;                      // its names, where they are not the result as they are
  bool large = false;               // it did not fit into the first buffer
};

bool is_set(const Job& job, int bit) { return (job.flags & bit) != 0; }

std::string below(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + '/' + name;
}

// The names of a tree are paths below its root, unless they come folder by folder.
bool takes_paths(const Job& job, const Walk& walk) { return job.has(option::kRecursive) && !walk.kinds; }

// What a close says of a folder that was only read is of no interest, as in libuv.
void close_folder(Job& job) {
  if (job.fd >= 0) sys::close(job.fd);
  job.fd = -1;
  job.owns_fd = false;
}

Step fail(Job& job, int error) {
  close_folder(job);
  return job.fail(error, Call::kScandir);
}

int open_folder(Job& job, const Walk& walk) {
  const std::string path = walk.folder.empty() ? job.path : below(job.path, walk.folder);
  // With O_DIRECTORY the open of a FIFO or a device is an error and waits for nobody.
  const int fd = sys::openat(job.dir_fd(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
  if (fd < 0) return fd;
  job.fd = fd;
  job.owns_fd = true;
  return 0;
}

bool is_folder(const Job& job, const std::string& path) {
  struct stat st {};
  return ::fstatat(job.dir_fd(), below(job.path, path).c_str(), &st, 0) == 0 && S_ISDIR(st.st_mode);
}

bool descends(const Job& job, Names::Kind kind, const std::string& path) {
  if (kind == Names::kDirectory) return true;
  if (kind == Names::kLink) return is_set(job, readdir::kThroughLinks) && is_folder(job, path);
  return kind == Names::kUnknown && is_folder(job, path);
}

// A folder has been read to its end: its names join the result, its folders those that wait. 0 or an errno.
int end_folder(Job& job, Walk& walk) {
  Names& found = takes_paths(job, walk) ? walk.found : walk.names;
  const size_t first = takes_paths(job, walk) || walk.counts.empty() ? 0 : found.size() - walk.counts.back();
  if (!is_set(job, readdir::kAsFound)) found.sort(first);
  if (!job.has(option::kRecursive)) return 0;
  for (size_t i = first; i < found.size(); i++) {
    const Names::Kind kind = found.entry(i).kind;
    const std::string path = below(walk.folder, found.name(i));
    if (takes_paths(job, walk)) walk.names.add(path, kind);
    if (!descends(job, kind, path)) continue;
    if (is_set(job, readdir::kTextOnly) && !is_utf8(found.text(i), found.entry(i).length)) return EILSEQ;
    walk.waiting.push_back(path);
  }
  walk.found.cut(0);
  return 0;
}

void next_folder(const Job& job, Walk& walk) {
  const bool last = is_set(job, readdir::kLastFirst);
  walk.folder = std::move(last ? walk.waiting.back() : walk.waiting.front());
  if (last) {
    walk.waiting.pop_back();
  } else {
    walk.waiting.pop_front();
  }
  walk.large = false;
}

void begin_folder(const Job& job, Walk& walk) {
  if (!walk.kinds || !job.has(option::kRecursive)) return;
  walk.folders.add(walk.folder, Names::kDirectory);
  walk.counts.push_back(0);
}

// One call of getdents64(2). Bytes, 0 at the end, or a negative errno.
int64_t read_some(Job& job, Walk& walk) {
  const size_t room = walk.large ? kFolderBytes : kChainBytes;
  if (!job.memory.reserve(room)) return -ENOMEM;
  const int64_t n = sys::entries(job.fd, job.memory.data(), job.memory.capacity());
  if (n <= 0) return n;
  if (walk.large) keep_freed_memory();
  walk.large = true;
  Names& names = takes_paths(job, walk) ? walk.found : walk.names;
  const size_t before = names.size();
  names.take(job.memory.data(), static_cast<size_t>(n));
  if (!walk.counts.empty()) walk.counts.back() += static_cast<uint32_t>(names.size() - before);
  return n;
}

Step on_loop(Job& job, LoopSide& side) {
  (void)job;
  (void)side;
  return Step::kToPool;
}

Step on_pool(Job& job) {
  if (!job.state) job.state = std::make_unique<Walk>();
  auto& walk = static_cast<Walk&>(*job.state);
  walk.kinds = is_set(job, readdir::kTypes);
  const int64_t ends_ns = sys::now_ns() + kPoolSliceNs;
  for (;;) {
    if (job.cancelled.load()) return fail(job, ECANCELED);
    if (job.fd < 0) {
      const int r = open_folder(job, walk);
      if (r < 0) return fail(job, -r);
      begin_folder(job, walk);
    }
    const int64_t n = read_some(job, walk);
    if (n < 0) return fail(job, static_cast<int>(-n));
    if (n == 0) {
      close_folder(job);
      const int error = end_folder(job, walk);
      if (error != 0) return fail(job, error);
      if (walk.waiting.empty()) {
        job.value = static_cast<int64_t>(walk.names.size());
        return Step::kDone;
      }
      next_folder(job, walk);
    }
    // A tree, or a folder on a slow disk, can take long: the others of the queue get their turn.
    if (sys::now_ns() > ends_ns) return Step::kToPool;
  }
}

}  // namespace

const OpTable kReaddirOp = {"readdir", nullptr, on_loop, nullptr, on_pool};

}  // namespace ringfs
