#include "fault_cases.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/limits.h"

namespace ringfs::test {

Scene::~Scene() {
  for (const int fd : fds_) ::close(fd);
}

std::string Scene::file(const std::string& name, size_t size, uint32_t tag) {
  write_plainly(folder / name, pattern(size, tag));
  return folder / name;
}

int Scene::open(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + path);
  fds_.push_back(fd);
  return fd;
}

std::pair<int, int> Scene::pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  fds_.insert(fds_.end(), ends.begin(), ends.end());
  return {ends[0], ends[1]};
}

int Scene::fifo(const std::string& name) {
  const std::string path = folder / name;
  if (::mkfifo(path.c_str(), 0666) != 0) throw std::runtime_error("no FIFO");
  return open(path, O_RDWR);
}

void Scene::give_away(int fd) { fds_.erase(std::find(fds_.begin(), fds_.end(), fd)); }

namespace {

constexpr size_t kSmall = 3000;
constexpr size_t kStaged = kChainBytes + 5000;        // needs an ordinary descriptor
constexpr size_t kLarge = kStagedResultMax + 70'000;  // read into its own memory
constexpr size_t kPieces = kUserChunk + 5000;         // a user's buffer in two pieces

using Judge = std::function<std::string(Scene&, const Outcome&)>;

Judge has_bytes(size_t size, uint32_t tag) {
  return [=](Scene&, const Outcome& outcome) {
    return outcome.bytes == pattern(size, tag) ? "" : "wrong bytes: " + std::to_string(outcome.bytes.size());
  };
}

// A read may give less than was asked for, as read(2) may, but never other bytes.
Judge has_bytes_from(size_t file_size, uint32_t tag, size_t from, size_t wanted) {
  return [=](Scene&, const Outcome& outcome) -> std::string {
    const Bytes whole = pattern(file_size, tag);
    const auto n = static_cast<size_t>(outcome.value);
    if (outcome.value <= 0 || n > wanted) return "a count of " + std::to_string(outcome.value);
    const bool same = std::equal(outcome.bytes.begin(), outcome.bytes.begin() + outcome.value,
                                 whole.begin() + static_cast<long>(from));
    const bool rest = std::all_of(outcome.bytes.begin() + outcome.value, outcome.bytes.end(),
                                  [](uint8_t byte) { return byte == kPoison; });
    return same && rest ? "" : "wrong bytes";
  };
}

Judge file_is(const std::string& name, Bytes content) {
  return [=](Scene& scene, const Outcome&) {
    const Bytes now = read_plainly(scene.folder / name);
    return now == content ? "" : "the file has " + std::to_string(now.size()) + " bytes, not those written";
  };
}

std::string fine(Scene&, const Outcome&) { return ""; }

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// write(2) may take less than it was given; what it took stands in the file.
Judge wrote(size_t wanted, uint32_t tag, size_t at, size_t old_size) {
  return [=](Scene& scene, const Outcome& outcome) -> std::string {
    if (outcome.value <= 0 || static_cast<size_t>(outcome.value) > wanted) return "a wrong count";
    const Bytes data = pattern(wanted, tag);
    const Bytes old = pattern(old_size, 9);
    const Bytes now = read_plainly(scene.folder / "w");
    if (now.size() != std::max<size_t>(old_size, at + static_cast<size_t>(outcome.value))) return "a wrong size";
    if (!std::equal(data.begin(), data.begin() + outcome.value, now.begin() + static_cast<long>(at))) {
      return "other bytes than it says";
    }
    return std::equal(old.begin(), old.begin() + static_cast<long>(std::min(at, old_size)), now.begin())
               ? ""
               : "old bytes are gone";
  };
}

std::string opened(Scene&, const Outcome& outcome) {
  const int fd = static_cast<int>(outcome.value);
  struct stat st {};
  const bool good = ::fstat(fd, &st) == 0 && (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
  ::close(fd);
  return good ? "" : "no descriptor, or one that does not block";
}

void add_reads(std::vector<FaultCase>* out) {
  const auto read_whole = [out](const std::string& name, size_t size, uint32_t options) {
    out->push_back({name, [=](Scene& s) { return ask_read_file(s.file("r", size, 1), options); }, has_bytes(size, 1)});
  };
  read_whole("readFile of a small file", kSmall, 0);
  read_whole("readFile of text", kSmall, option::kUtf8);
  read_whole("readFile of nothing", 0, 0);
  read_whole("readFile of a staged file", kStaged, 0);
  read_whole("readFile of a large file", kLarge, 0);
  out->push_back({"readFile of /proc", [](Scene&) { return ask_read_file("/proc/self/limits"); },
                  [](Scene&, const Outcome& o) { return o.bytes.size() > 500 ? "" : "too little"; }});
  out->push_back({"readFile of a handle",
                  [](Scene& s) {
                    Ask ask = ask_on(Op::kReadFile, s.open(s.file("r", kStaged, 1), O_RDONLY));
                    ask.flags = O_RDONLY;
                    return ask;
                  },
                  has_bytes(kStaged, 1)});
  out->push_back({"readFile of a pipe",
                  [](Scene& s) {
                    const auto [from, to] = s.pipe();
                    const Bytes data = pattern(kSmall, 1);
                    if (::write(to, data.data(), data.size()) < 0) throw std::runtime_error("pipe");
                    s.give_away(to);
                    ::close(to);
                    return ask_on(Op::kReadFile, from);
                  },
                  has_bytes(kSmall, 1)});
  out->push_back({"read", [](Scene& s) { return ask_read(s.open(s.file("r", kSmall, 1), O_RDONLY), 1000, 100); },
                  has_bytes_from(kSmall, 1, 100, 1000)});
  out->push_back({"read in pieces",
                  [](Scene& s) { return ask_read(s.open(s.file("r", kPieces, 1), O_RDONLY), kPieces, -1); },
                  has_bytes_from(kPieces, 1, 0, kPieces)});
  out->push_back({"read at the end of the file",
                  [](Scene& s) { return ask_read(s.open(s.file("r", kSmall, 1), O_RDONLY), 2 * kSmall, -1); },
                  has_bytes_from(kSmall, 1, 0, 2 * kSmall)});
  out->push_back({"read of a FIFO",
                  [](Scene& s) {
                    const int fd = s.fifo("f");
                    const Bytes data = pattern(100, 1);
                    if (::write(fd, data.data(), data.size()) < 0) throw std::runtime_error("fifo");
                    return ask_read(fd, 200, -1);
                  },
                  has_bytes_from(100, 1, 0, 100)});
  out->push_back({"read of a pipe",
                  [](Scene& s) {
                    const auto [from, to] = s.pipe();
                    const Bytes data = pattern(100, 1);
                    if (::write(to, data.data(), data.size()) < 0) throw std::runtime_error("pipe");
                    return ask_read(from, 200, -1);
                  },
                  has_bytes_from(100, 1, 0, 100)});
}

void add_writes(std::vector<FaultCase>* out) {
  out->push_back({"writeFile of a new file",
                  [](Scene& s) { return ask_write_file(s.folder / "w", pattern(kSmall, 2)); },
                  file_is("w", pattern(kSmall, 2))});
  out->push_back({"writeFile over a longer file",
                  [](Scene& s) { return ask_write_file(s.file("w", kStaged, 9), pattern(kSmall, 2)); },
                  file_is("w", pattern(kSmall, 2))});
  out->push_back({"writeFile with flush",
                  [](Scene& s) { return ask_write_file(s.folder / "w", pattern(kSmall, 2), option::kFlush); },
                  file_is("w", pattern(kSmall, 2))});
  out->push_back({"writeFile with flush over a longer file",
                  [](Scene& s) { return ask_write_file(s.file("w", kStaged, 9), pattern(kSmall, 2), option::kFlush); },
                  file_is("w", pattern(kSmall, 2))});
  out->push_back({"writeFile of nothing", [](Scene& s) { return ask_write_file(s.file("w", kSmall, 9), Bytes()); },
                  file_is("w", Bytes())});
  out->push_back({"writeFile in pieces", [](Scene& s) { return ask_write_file(s.folder / "w", pattern(kPieces, 2)); },
                  file_is("w", pattern(kPieces, 2))});
  out->push_back({"appendFile",
                  [](Scene& s) {
                    return ask_write_file_with(s.file("w", kSmall, 9), pattern(kSmall, 2),
                                               O_WRONLY | O_CREAT | O_APPEND);
                  },
                  file_is("w", joined(pattern(kSmall, 9), pattern(kSmall, 2)))});
  out->push_back({"appendFile with flush",
                  [](Scene& s) {
                    return ask_write_file_with(s.file("w", kSmall, 9), pattern(kSmall, 2),
                                               O_WRONLY | O_CREAT | O_APPEND, option::kFlush);
                  },
                  file_is("w", joined(pattern(kSmall, 9), pattern(kSmall, 2)))});
  out->push_back({"writeFile to a handle",
                  [](Scene& s) {
                    Ask ask = ask_on(Op::kWriteFile, s.open(s.file("w", 0, 9), O_WRONLY));
                    ask.view = pattern(kSmall, 2);
                    ask.length = kSmall;
                    return ask;
                  },
                  file_is("w", pattern(kSmall, 2))});
  out->push_back({"write",
                  [](Scene& s) { return ask_write(s.open(s.file("w", kSmall, 9), O_WRONLY), pattern(500, 2), 2800); },
                  wrote(500, 2, 2800, kSmall)});
  out->push_back({"write at the file's own position",
                  [](Scene& s) { return ask_write(s.open(s.file("w", 0, 9), O_WRONLY), pattern(kPieces, 2), -1); },
                  wrote(kPieces, 2, 0, 0)});
  out->push_back(
      {"write to the end",
       [](Scene& s) { return ask_write(s.open(s.file("w", kSmall, 9), O_WRONLY | O_APPEND), pattern(500, 2), -1); },
       wrote(500, 2, kSmall, kSmall)});
  out->push_back({"write to a FIFO", [](Scene& s) { return ask_write(s.fifo("f"), pattern(100, 2), -1); },
                  [](Scene&, const Outcome& o) { return o.value > 0 && o.value <= 100 ? "" : "a wrong count"; }});
  out->push_back({"write to a pipe", [](Scene& s) { return ask_write(s.pipe().second, pattern(100, 2), -1); },
                  [](Scene&, const Outcome& o) { return o.value > 0 && o.value <= 100 ? "" : "a wrong count"; }});
}

void add_others(std::vector<FaultCase>* out) {
  out->push_back({"open", [](Scene& s) { return ask_open(s.file("o", 10, 1), O_RDONLY); }, opened});
  out->push_back({"open of a new file", [](Scene& s) { return ask_open(s.folder / "n", O_RDWR | O_CREAT); }, opened});
  out->push_back({"open of a FIFO with a silent writer",
                  [](Scene& s) {
                    s.fifo("f");
                    return ask_open(s.folder / "f", O_RDONLY);
                  },
                  opened});
  out->push_back({"close",
                  [](Scene& s) {
                    const int fd = s.open(s.file("c", 10, 1), O_RDONLY);
                    s.give_away(fd);
                    return ask_on(Op::kClose, fd);
                  },
                  fine});
  out->push_back({"sync", [](Scene& s) { return ask_on(Op::kSync, s.open(s.file("s", 10, 1), O_RDWR)); }, fine});
  out->push_back({"datasync",
                  [](Scene& s) { return ask_on(Op::kSync, s.open(s.file("s", 10, 1), O_RDWR), option::kDataOnly); },
                  fine});
  const auto sized = [](Scene&, const Outcome& o) { return o.stx.stx_size == 77 ? "" : "a wrong size"; };
  out->push_back({"stat", [](Scene& s) { return ask_path(Op::kStat, s.file("s", 77, 1)); }, sized});
  out->push_back(
      {"lstat", [](Scene& s) { return ask_path(Op::kStat, s.file("s", 77, 1), 0, 0, option::kNoFollow); }, sized});
  out->push_back(
      {"stat of a handle", [](Scene& s) { return ask_on(Op::kStat, s.open(s.file("s", 77, 1), O_RDONLY)); }, sized});
  out->push_back({"access", [](Scene& s) { return ask_path(Op::kAccess, s.file("a", 10, 1), R_OK); }, fine});
  out->push_back({"unlink", [](Scene& s) { return ask_path(Op::kUnlink, s.file("u", 10, 1)); },
                  [](Scene& s, const Outcome&) {
                    return ::access((s.folder / "u").c_str(), F_OK) != 0 ? "" : "it is still there";
                  }});
  const auto is_folder = [](const std::string& name) {
    return [=](Scene& s, const Outcome&) {
      struct stat st {};
      return ::stat((s.folder / name).c_str(), &st) == 0 && S_ISDIR(st.st_mode) ? "" : "no folder";
    };
  };
  out->push_back({"mkdir", [](Scene& s) { return ask_path(Op::kMkdir, s.folder / "m"); }, is_folder("m")});
  out->push_back({"mkdir with parents",
                  [](Scene& s) { return ask_path(Op::kMkdir, s.folder / "m/n/o", 0, 0777, option::kRecursive); },
                  is_folder("m/n/o")});
  out->push_back({"rename", [](Scene& s) { return ask_rename(s.file("a", 77, 1), s.folder / "b"); },
                  file_is("b", pattern(77, 1))});
  out->push_back({"truncate",
                  [](Scene& s) {
                    Ask ask = ask_on(Op::kTruncate, s.open(s.file("t", kSmall, 1), O_RDWR));
                    ask.position = 0;
                    return ask;
                  },
                  file_is("t", Bytes())});
}

void add_attributes(std::vector<FaultCase>* out) {
  const auto mode_is = [](mode_t mode) {
    return [=](Scene& s, const Outcome&) {
      struct stat st {};
      return ::stat((s.folder / "a").c_str(), &st) == 0 && (st.st_mode & 07777) == mode ? "" : "a wrong mode";
    };
  };
  out->push_back({"chmod", [](Scene& s) { return ask_path(Op::kChmod, s.file("a", 10, 1), 0, 0640); }, mode_is(0640)});
  out->push_back({"chmod of a handle",
                  [](Scene& s) {
                    Ask ask = ask_on(Op::kChmod, s.open(s.file("a", 10, 1), O_RDONLY));
                    ask.mode = 0604;
                    return ask;
                  },
                  mode_is(0604)});
  out->push_back({"chown to nobody else",
                  [](Scene& s) { return ask_path(Op::kChown, s.file("a", 10, 1), -1, UINT32_MAX); }, fine});
  out->push_back({"utimes",
                  [](Scene& s) {
                    Ask ask = ask_path(Op::kUtimes, s.file("a", 10, 1));
                    ask.atime = 1000;
                    ask.mtime = 2000;
                    return ask;
                  },
                  [](Scene& s, const Outcome&) {
                    struct stat st {};
                    return ::stat((s.folder / "a").c_str(), &st) == 0 && st.st_mtime == 2000 ? "" : "a wrong time";
                  }});
  out->push_back({"statfs", [](Scene& s) { return ask_path(Op::kStatfs, s.file("a", 10, 1)); },
                  [](Scene&, const Outcome& o) { return o.statfs[1] > 0 ? "" : "no block size"; }});
}

void add_names(std::vector<FaultCase>* out) {
  const auto is_there = [](const std::string& name) {
    return [=](Scene& s, const Outcome&) {
      struct stat st {};
      return ::lstat((s.folder / name).c_str(), &st) == 0 ? "" : "it is not there";
    };
  };
  const auto is_gone = [](const std::string& name) {
    return [=](Scene& s, const Outcome&) {
      struct stat st {};
      return ::lstat((s.folder / name).c_str(), &st) != 0 ? "" : "it is still there";
    };
  };
  const auto folder_in = [](Scene& s, const std::string& name) {
    if (::mkdir((s.folder / name).c_str(), 0777) != 0) throw std::runtime_error("mkdir");
    return s.folder / name;
  };
  const auto link_in = [](Scene& s) {
    if (::symlink("what it says", (s.folder / "l").c_str()) != 0) throw std::runtime_error("symlink");
    return s.folder / "l";
  };
  const auto tree_in = [folder_in](Scene& s) {
    const std::string root = folder_in(s, "t");
    for (const std::string name : {"t/a", "t/a/b"}) folder_in(s, name);
    for (const std::string name : {"t/1", "t/a/2", "t/a/b/3"}) s.file(name, 10, 1);
    return root;
  };
  out->push_back(
      {"link", [](Scene& s) { return ask_paths(Op::kLink, s.file("a", 10, 1), s.folder / "b"); }, is_there("b")});
  out->push_back({"symlink", [](Scene& s) { return ask_paths(Op::kSymlink, "text", s.folder / "l"); }, is_there("l")});
  out->push_back({"readlink", [=](Scene& s) { return ask_path(Op::kReadlink, link_in(s)); },
                  [](Scene&, const Outcome& o) { return o.text == "what it says" ? "" : "another text"; }});
  out->push_back({"realpath",
                  [](Scene& s) {
                    s.file("a", 10, 1);
                    return ask_path(Op::kRealpath, s.folder / "./a");
                  },
                  [](Scene&, const Outcome& o) {
                    return o.text.size() > 2 && o.text.find("/./") == std::string::npos ? "" : "another path";
                  }});
  out->push_back({"rmdir", [=](Scene& s) { return ask_path(Op::kRmdir, folder_in(s, "d")); }, is_gone("d")});
  out->push_back({"mkdtemp", [](Scene& s) { return ask_path(Op::kMkdtemp, s.folder / "XXXXXX"); },
                  [](Scene&, const Outcome& o) {
                    struct stat st {};
                    return ::stat(o.text.c_str(), &st) == 0 && S_ISDIR(st.st_mode) ? "" : "no folder";
                  }});
  out->push_back({"copyFile",
                  [](Scene& s) { return ask_paths(Op::kCopyFile, s.file("a", kStaged, 1), s.folder / "b"); },
                  file_is("b", pattern(kStaged, 1))});
  out->push_back({"copyFile over another file",
                  [](Scene& s) {
                    s.file("b", kSmall, 9);
                    return ask_paths(Op::kCopyFile, s.file("a", kSmall, 1), s.folder / "b");
                  },
                  file_is("b", pattern(kSmall, 1))});
  // Which says that it has 4096 bytes, and has fewer: the kernel copies nothing of it itself.
  const std::string sysfs = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (::access(sysfs.c_str(), R_OK) == 0) {
    out->push_back({"copyFile of sysfs", [=](Scene& s) { return ask_paths(Op::kCopyFile, sysfs, s.folder / "b"); },
                    [=](Scene& s, const Outcome& o) { return file_is("b", read_plainly(sysfs))(s, o); }});
  }
  out->push_back({"opendir", [=](Scene& s) { return ask_path(Op::kOpendir, tree_in(s)); },
                  [](Scene&, const Outcome& o) { return o.folder != nullptr ? "" : "no folder"; }});
  out->push_back({"readFolder",
                  [=](Scene& s) {
                    Ask ask;
                    ask.op = Op::kReadFolder;
                    ask.options = option::kOnHandle | option::kFolder;
                    ask.folder = std::make_shared<Directory>(::open(tree_in(s).c_str(), O_RDONLY | O_CLOEXEC));
                    ask.length = 10;
                    return ask;
                  },
                  [](Scene&, const Outcome& o) { return o.names.size() == 2 ? "" : "a wrong count of names"; }});
  out->push_back({"readdir", [=](Scene& s) { return ask_path(Op::kReaddir, tree_in(s)); },
                  [](Scene&, const Outcome& o) { return o.names.size() == 2 ? "" : "a wrong count of names"; }});
  out->push_back({"readdir of a tree",
                  [=](Scene& s) { return ask_path(Op::kReaddir, tree_in(s), 0, 0, option::kRecursive); },
                  [](Scene&, const Outcome& o) { return o.names.size() == 5 ? "" : "a wrong count of names"; }});
  out->push_back({"rm", [](Scene& s) { return ask_path(Op::kRm, s.file("a", 10, 1)); }, is_gone("a")});
  out->push_back({"rm of a tree", [=](Scene& s) { return ask_path(Op::kRm, tree_in(s), 0, 0, option::kRecursive); },
                  is_gone("t")});
}

// Attempts that share their system calls with others.
void add_company(std::vector<FaultCase>* out) {
  constexpr size_t kCompany = 7;
  out->push_back({"readFile in company", [](Scene& s) { return ask_read_file(s.file("r", kSmall, 1)); },
                  has_bytes(kSmall, 1), kCompany});
  out->push_back({"readFile of a staged file in company",
                  [](Scene& s) { return ask_read_file(s.file("r", kStaged, 1)); }, has_bytes(kStaged, 1), kCompany});
  out->push_back({"read in company",
                  [](Scene& s) { return ask_read(s.open(s.file("r", kSmall, 1), O_RDONLY), 1000, 100); },
                  has_bytes_from(kSmall, 1, 100, 1000), kCompany});
}

}  // namespace

const std::vector<FaultCase>& fault_cases() {
  static const std::vector<FaultCase> cases = [] {
    std::vector<FaultCase> made;
    add_reads(&made);
    add_writes(&made);
    add_others(&made);
    add_attributes(&made);
    add_names(&made);
    add_company(&made);
    return made;
  }();
  return cases;
}

}  // namespace ringfs::test
