// realpath: realpath(3), as Node's own.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cached_lane.h"
#include "engine/syscalls.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

// An absolute path without "." and ".." and doubled slashes: where nothing in it is a symbolic link, that is all that
// realpath(3) does.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  std::string real;
  for (const auto part : parts) real.append("/").append(part);
  return real.empty() ? "/" : real;
}

// The folder that a relative path starts in; empty: not to be had, or not by this name any more.
std::string folder_of(const Job& job) {
  std::array<char, PATH_MAX> folder{};
  if (!job.dir) return ::getcwd(folder.data(), folder.size()) != nullptr ? folder.data() : "";
  const std::string link = "/proc/self/fd/" + std::to_string(job.dir_fd());
  const ssize_t n = ::readlink(link.c_str(), folder.data(), folder.size());
  const std::string_view name(folder.data(), n < 0 ? 0 : static_cast<size_t>(n));
  constexpr std::string_view kGone = " (deleted)";
  const bool gone = name.size() >= kGone.size() && name.substr(name.size() - kGone.size()) == kGone;
  return gone ? "" : std::string(name);
}

// The path from the root on, as realpath(3) makes it; empty: not to be had.
std::string from_root(const Job& job) {
  if (job.path.empty() || job.path[0] == '/') return job.path;
  const std::string folder = folder_of(job);
  if (folder.empty()) return {};
  // The current folder is one: a "." that stands first asks for nothing more. Behind a name it asks for a folder.
  std::string_view rest = job.path;
  while (rest.substr(0, 2) == "./") rest.remove_prefix(std::min(rest.find_first_not_of('/', 1), rest.size()));
  if (rest.empty() || rest == ".") return folder;
  return folder + "/" + std::string(rest);
}

// A walk that meets no symbolic link: then the path is real, but for its dots. Anything else is asked of realpath(3),
// which reads each link itself.
bool cached(Job& job, CachedLane& lane) {
  const std::string path = from_root(job);
  if (path.empty()) return false;
  const int fd = lane.walk_plainly(path);
  if (fd == -ENOENT) {
    job.fail(ENOENT, Call::kRealpath);
    return true;
  }
  if (fd < 0) return false;
  sys::close(fd);
  job.text = without_dots(path);
  return true;
}

// There is no realpath that starts in an open folder: the folder's own path goes in front.
std::string below_folder(const Job& job) {
  if (!job.dir || job.path.empty() || job.path[0] == '/') return job.path;
  const std::string link = "/proc/self/fd/" + std::to_string(job.dir_fd());
  std::array<char, PATH_MAX> folder{};
  const ssize_t n = ::readlink(link.c_str(), folder.data(), folder.size());
  if (n < 0) return job.path;  // no /proc: the current folder of this moment has to do
  return std::string(folder.data(), static_cast<size_t>(n)) + "/" + job.path;
}

Step on_pool(Job& job) {
  return plain_call(job, Call::kRealpath, [&] {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(below_folder(job).c_str(), nullptr), &std::free);
    if (real == nullptr) return -1;
    job.text = real.get();
    return 0;
  });
}

}  // namespace

const OpTable kRealpathOp = {"realpath", cached, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
