#include "engine/reach.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include "engine/mounts.h"
#include "engine/syscalls.h"

namespace ringfs {

namespace {

// As the kernel's own bound (MAXSYMLINKS).
constexpr int kMostLinks = 40;

using Paths = std::array<const std::string*, 2>;

Paths paths_of(const Job& job) {
  switch (job.op) {
    case Op::kSymlink:
      return {&job.path2, nullptr};  // the first one is only text
    case Op::kRename:
    case Op::kLink:
    case Op::kCopyFile:
      return {&job.path, &job.path2};
    default:
      return {&job.path, nullptr};
  }
}

bool walks_on(const Job& job) { return job.op == Op::kRm || (job.op == Op::kReaddir && job.has(option::kRecursive)); }

// Whether a symbolic link at the end of the path is what the op is about.
bool stops_at_link(const Job& job) {
  switch (job.op) {
    case Op::kUnlink:
    case Op::kRename:
    case Op::kLink:
    case Op::kReadlink:
    case Op::kRm:
    case Op::kRmdir:
    case Op::kMkdir:
    case Op::kSymlink:
      return true;
    default:
      return job.has(option::kNoFollow);
  }
}

std::string_view folder_of(const Job& job) { return job.dir ? std::string_view(job.dir->name()) : std::string_view(); }

bool is_absolute(std::string_view path) { return !path.empty() && path[0] == '/'; }

bool below(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  if (path.substr(0, folder.size()) != folder) return false;
  return path.size() == folder.size() || path[folder.size()] == '/';
}

// The same path without "." and doubled slashes. False where a ".." makes its text meaningless.
bool tidy(std::string_view path, std::string* out) {
  out->clear();
  while (!path.empty()) {
    const size_t to = path.find('/');
    const auto part = path.substr(0, to);
    path.remove_prefix(to == std::string_view::npos ? path.size() : to + 1);
    if (part == "..") return false;
    if (part.empty() || part == ".") continue;
    out->append("/").append(part);
  }
  if (out->empty()) out->push_back('/');
  return true;
}

// The way of the kernel's own walk, by text: `done` has neither links nor dots and lies outside of the waiting mounts,
// so that asking about it waits for nobody else.
class Walk {
 public:
  Walk(const WaitingMounts& waiting, std::string start) : waiting_(waiting), done_(std::move(start)) {}

  Reach go(std::string left, bool stops_at_link) {
    left_ = std::move(left);
    if (is_absolute(left_)) done_.clear();
    if (done_ == "/") done_.clear();
    while (!left_.empty()) {
      const auto reach = step(stops_at_link);
      if (reach) return *reach;
    }
    return Reach::kLocal;
  }

 private:
  // One name of what is left; a reach, if that is decided.
  std::optional<Reach> step(bool stops_at_link) {
    const size_t to = left_.find('/');
    const std::string name = left_.substr(0, to);
    left_.erase(0, to == std::string::npos ? left_.size() : to + 1);
    if (name.empty() || name == ".") return std::nullopt;
    if (name == "..") {
      const size_t slash = done_.rfind('/');
      done_.erase(slash == std::string::npos ? 0 : slash);
      return std::nullopt;
    }
    const size_t before = done_.size();
    done_.append("/").append(name);
    if (waiting_.hold(done_)) return Reach::kMayWait;
    if (stops_at_link && to == std::string::npos) return Reach::kLocal;
    std::array<char, PATH_MAX> target{};
    const ssize_t n = ::readlink(done_.c_str(), target.data(), target.size());
    // No link, or nothing there: then the walk ends here, and a local filesystem says so.
    if (n < 0) return errno == EINVAL ? std::nullopt : std::optional(Reach::kLocal);
    if (++links_ > kMostLinks) return Reach::kLocal;
    std::string way(target.data(), static_cast<size_t>(n));
    done_.erase(is_absolute(way) ? 0 : before);
    if (to != std::string::npos) way.append("/").append(left_);
    left_ = std::move(way);
    return std::nullopt;
  }

  const WaitingMounts& waiting_;
  std::string done_;
  std::string left_;
  int links_ = 0;
};

Reach reach_of_descriptor(int fd, const FileFacts& known, const MountTable& mounts) {
  FileFacts facts = known;
  if (facts.mode == 0 && sys::facts_without_sync(fd, &facts) != 0) return Reach::kLocal;
  return mounts.may_wait(facts.dev) ? Reach::kMayWait : Reach::kLocal;
}

// A walk that the kernel makes in one call: what it says of a link is all that counts, any other failure is one that a
// local filesystem has told.
bool meets_link(const Job& job, const std::string& path) {
  const int flags = O_PATH | O_CLOEXEC | (stops_at_link(job) ? O_NOFOLLOW : 0);
  const int fd = sys::openat2(job.dir_fd(), path.c_str(), flags, RESOLVE_NO_SYMLINKS);
  if (fd >= 0) sys::close(fd);
  return fd == -ELOOP;
}

}  // namespace

bool WaitingMounts::hold(std::string_view path) const {
  return std::any_of(points_.begin(), points_.end(), [&](const auto& point) { return below(path, point); });
}

Reach WaitingMounts::by_text(std::string_view path, std::string_view folder, bool walks) const {
  std::string whole;
  if (!is_absolute(path)) {
    if (!is_absolute(folder)) return Reach::kLinked;
    whole.append(folder).append("/").append(path);
    path = whole;
  }
  std::string tidied;
  if (!tidy(path, &tidied)) return Reach::kLinked;
  if (hold(tidied)) return Reach::kMayWait;
  const bool walked =
      walks && std::any_of(points_.begin(), points_.end(), [&](const auto& point) { return below(point, tidied); });
  return walked ? Reach::kMayWait : Reach::kUnproven;
}

Reach reach_of(const Job& job, const MountTable& mounts) {
  if (job.folder) return reach_of_descriptor(job.folder->fd(), FileFacts{}, mounts);
  if (job.fd >= 0) return reach_of_descriptor(job.fd, job.facts, mounts);
  if (!mounts.waiting()) return Reach::kLocal;
  auto worst = Reach::kLocal;
  for (const std::string* path : paths_of(job)) {
    if (path == nullptr) continue;
    worst = std::max(worst, mounts.waiting()->by_text(*path, folder_of(job), walks_on(job)));
  }
  return worst;
}

Reach reach_by_walk(const Job& job) {
  for (const std::string* path : paths_of(job)) {
    if (path == nullptr || (job.reach == Reach::kUnproven && !meets_link(job, *path))) continue;
    // A folder without a name: nobody can say.
    if (!is_absolute(*path) && !is_absolute(folder_of(job))) return Reach::kMayWait;
    if (Walk(*job.waiting, std::string(folder_of(job))).go(*path, stops_at_link(job)) == Reach::kMayWait) {
      return Reach::kMayWait;
    }
  }
  return Reach::kLocal;
}

}  // namespace ringfs
