#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/huge_pages.h"
#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// Around every bound that readFile changes its way at.
const std::vector<size_t> kAllSizes = {0,
                                       1,
                                       4096,
                                       kChainBytes - 1,
                                       kChainBytes,
                                       kChainBytes + 1,
                                       kUnknownChunk + 1,
                                       kStagedResultMax - 1,
                                       kStagedResultMax,
                                       kStagedResultMax + 1,
                                       2 * kReadChunk,
                                       2 * kReadChunk + 1,
                                       kReadChunksInFlight* kReadChunk + 1};

const std::vector<size_t>& sizes() {
  static const std::vector<size_t> few(kAllSizes.begin(), kAllSizes.end() - 1);
  return kFewBytes ? few : kAllSizes;
}

struct Files {
  std::vector<std::string> paths;
  std::vector<Bytes> contents;
};

Files make_files(const Folder& folder) {
  Files files;
  for (size_t i = 0; i < sizes().size(); i++) {
    files.paths.push_back(folder / std::to_string(i));
    files.contents.push_back(pattern(sizes()[i], static_cast<uint32_t>(i + 1)));
    write_plainly(files.paths.back(), files.contents.back());
  }
  return files;
}

std::vector<Ask> asks_for(const Files& files, uint32_t options) {
  std::vector<Ask> asks;
  for (const auto& path : files.paths) asks.push_back(ask_read_file(path, options));
  return asks;
}

void check_files(const Files& files, const std::vector<Outcome>& outcomes) {
  for (size_t i = 0; i < outcomes.size(); i++) {
    INFO("a file of ", files.contents[i].size(), " bytes");
    CHECK(outcomes[i].error == 0);
    CHECK(outcomes[i].bytes.size() == files.contents[i].size());
    CHECK((outcomes[i].bytes == files.contents[i]));
  }
}

}  // namespace

TEST_CASE("readFile: exactly the file's bytes, at every size around a bound, all in one batch") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Files files = make_files(folder);
    check_files(files, session.run_all(asks_for(files, 0)));
    check_files(files, session.run_all(asks_for(files, option::kUtf8)));
  });
}

TEST_CASE("readFile: of results that have huge pages every byte is right, and after short reads too") {
  if (kFewBytes) return;
  const Bytes content = pattern((33 << 20) + 123, 1);
  const auto check = [&](const Outcome& outcome) {
    CHECK(outcome.error == 0);
    CHECK((outcome.bytes == content));
  };
  // As after so many that the next one has them.
  const auto give_huge_pages = [&] {
    while (!HugePages::ours().pay(content.size())) HugePages::ours().note_small(content.size(), 16'000'000);
  };
  on_every_lane([&](Session& session, const Folder& folder) {
    write_plainly(folder / "file", content);
    check(session.run(ask_read_file(folder / "file")));
    give_huge_pages();
    check(session.run(ask_read_file(folder / "file")));
    // Of the pool's calls and of the ring's requests.
    uint64_t struck = 0;
    for (const auto point : {fault::Point::kCall, fault::Point::kSqe}) {
      if (point == fault::Point::kSqe && !fault::can_spoil_sqes()) continue;
      for (uint64_t nth = 1; nth <= 12; nth += 2) {
        give_huge_pages();
        fault::arm({point, fault::Manner::kShort, 0, nth, false});
        check(session.run(ask_read_file(folder / "file")));
        struck += fault::disarm();
      }
    }
    CHECK(struck > 0);
  });
}

TEST_CASE("readFile: exactly the file's bytes, one file at a time, out of a cold page cache") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Files files = make_files(folder);
    for (size_t i = 0; i < files.paths.size(); i++) {
      make_cold(files.paths[i]);
      check_files({{files.paths[i]}, {files.contents[i]}}, {session.run(ask_read_file(files.paths[i]))});
    }
  });
}

TEST_CASE("readFile: a file of size 0 that has content (procfs) is read to its end") {
  on_every_lane([](Session& session, const Folder&) {
    for (const std::string path : {"/proc/filesystems", "/proc/cpuinfo", "/proc/version", "/proc/self/cmdline"}) {
      INFO(path);
      const Outcome outcome = session.run(ask_read_file(path));
      CHECK(outcome.error == 0);
      // Frequencies in cpuinfo change; its length hardly does.
      if (path == "/proc/cpuinfo") {
        CHECK(outcome.bytes.size() > 100);
      } else {
        CHECK((outcome.bytes == read_plainly(path)));
      }
    }
  });
}

TEST_CASE("readFile: a procfs file of many pieces loses none of them") {
  const std::string path = "/proc/kallsyms";
  size_t size = read_plainly(path).size();
  if (size < 4 * kUnknownChunk) {
    MESSAGE("no large file in /proc here: not tried");
    return;
  }
  for (const Lanes& lanes : both_backends()) {
    with_lanes(lanes, disk(), [&](Session& session, const Folder&) {
      const Outcome outcome = session.run(ask_read_file(path));
      CHECK(outcome.error == 0);
      // What the kernel loads or drops meanwhile changes it.
      const size_t before = size;
      size = read_plainly(path).size();
      CHECK(outcome.bytes.size() >= std::min(before, size));
      CHECK(outcome.bytes.size() <= std::max(before, size));
    });
  }
}

TEST_CASE("readFile: a failure names the call that failed") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    REQUIRE(::symlink("loop", (folder / "loop").c_str()) == 0);
    struct Case {
      std::string path;
      int error;
      Call call;
    };
    const std::vector<Case> cases = {
        {folder.path(), EISDIR, Call::kRead},
        {folder / "missing", ENOENT, Call::kOpen},
        {folder / "missing/below", ENOENT, Call::kOpen},
        {folder / "file/below", ENOTDIR, Call::kOpen},
        {folder / "loop", ELOOP, Call::kOpen},
        {"", ENOENT, Call::kOpen},
        {folder / std::string(300, 'x'), ENAMETOOLONG, Call::kOpen},
    };
    // Twice: what the first round puts into the dentry cache changes who answers the second.
    for (int round = 0; round < 2; round++) {
      for (const Case& c : cases) {
        INFO(c.path);
        const Outcome outcome = session.run(ask_read_file(c.path));
        CHECK(outcome.error == c.error);
        CHECK(outcome.call == c.call);
        CHECK(outcome.bytes.empty());
      }
    }
  });
}

TEST_CASE("readFile: a file larger than 2 GiB is refused with its size") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "huge", {});
    REQUIRE(::truncate((folder / "huge").c_str(), kMaxFileSize + 1) == 0);
    const Outcome outcome = session.run(ask_read_file(folder / "huge"));
    CHECK(outcome.error == kErrorTooLarge);
    CHECK(outcome.value == kMaxFileSize + 1);
  });
}

TEST_CASE("readFile: flags that make the file make it, with the umask applied") {
  on_every_lane([](Session& session, const Folder& folder) {
    Ask ask = ask_read_file(folder / "made");
    ask.flags = O_RDWR | O_CREAT | O_APPEND;
    const mode_t before = ::umask(027);
    const Outcome outcome = session.run(std::move(ask));
    ::umask(before);
    CHECK(outcome.error == 0);
    CHECK(outcome.bytes.empty());
    struct stat st {};
    REQUIRE(::stat((folder / "made").c_str(), &st) == 0);
    CHECK((st.st_mode & 0777) == 0640);
  });
}

TEST_CASE("readFile on a descriptor: from its own position to the end, and the descriptor stays open") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    for (const size_t size : {size_t{1000}, kStagedResultMax + 1, kReadChunk + 7}) {
      const Bytes content = pattern(size, 3);
      write_plainly(folder / "file", content);
      const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
      for (const size_t from : {size_t{0}, size_t{1}, size - 1, size, size + 100}) {
        INFO(size, " bytes, from byte ", from);
        REQUIRE(::lseek(fd, static_cast<off_t>(from), SEEK_SET) == static_cast<off_t>(from));
        const Outcome outcome = session.run(ask_on(Op::kReadFile, fd));
        CHECK(outcome.error == 0);
        const Bytes rest(content.begin() + static_cast<long>(std::min(from, size)), content.end());
        CHECK((outcome.bytes == rest));
        CHECK(::lseek(fd, 0, SEEK_CUR) == static_cast<off_t>(std::max(from, size)));
      }
      CHECK(::close(fd) == 0);
    }
    const Outcome bad = session.run(ask_on(Op::kReadFile, 9999));
    CHECK(bad.error == EBADF);
  });
}

TEST_CASE("readFile: a file that shrinks while it is read gives what is there, and nothing of anyone else's") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    const Bytes large = pattern(3 * kReadChunk + 7, 9);
    for (int round = 0; round < 4; round++) {
      write_plainly(path, large);
      make_cold(path);
      const uint32_t id = session.submit({ask_read_file(path)});
      REQUIRE(::truncate(path.c_str(), 100'000) == 0);
      REQUIRE(session.turn_until_finished(id));
      const Outcome& outcome = session.outcome(id);
      CHECK(outcome.error == 0);
      REQUIRE(outcome.bytes.size() <= large.size());
      // The kernel fills a page cut while it is copied with zeros; poison or foreign bytes are never there.
      size_t foreign = 0;
      for (size_t i = 0; i < outcome.bytes.size(); i++) {
        foreign += outcome.bytes[i] != large[i] && outcome.bytes[i] != 0;
      }
      CHECK(foreign == 0);
    }
  });
}

TEST_CASE("readFile of a large file: from the page cache the pool reads it, from the disk the ring") {
  if (!has_ring()) return;
  const Lanes& best = all_lanes().front();
  for (const size_t size : {kStagedResultMax, kStagedResultMax + 1, kReadChunk, kReadChunk + 1}) {
    INFO(size);
    with_lanes(best, disk(), [&](Session& session, const Folder& folder) {
      const Bytes content = pattern(size, 3);
      write_plainly(folder / "file", content);
      REQUIRE(read_plainly(folder / "file") == content);
      const Outcome cached = session.run(ask_read_file(folder / "file"));
      CHECK(cached.bytes == content);
      const bool is_small = size <= kStagedResultMax;
      CHECK(cached.lane == (is_small ? Lane::kCached : size <= kReadChunk ? Lane::kBlocking : Lane::kRing));
      make_cold(folder / "file");
      const Outcome cold = session.run(ask_read_file(folder / "file"));
      CHECK(cold.bytes == content);
      CHECK(cold.lane == Lane::kRing);
    });
  }
}
