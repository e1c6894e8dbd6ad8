#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/limits.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

const std::vector<size_t> kSizes = {0, 1, 4096, kUserChunk - 1, kUserChunk, kUserChunk + 1, 3 * kUserChunk + 5};

}  // namespace

TEST_CASE("writeFile: the file is exactly the data, whatever was there before") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    for (const uint32_t options : {0u, option::kFlush}) {
      for (const size_t size : kSizes) {
        for (const long before : {-1L, 0L, 1L, static_cast<long>(size) - 1, static_cast<long>(size),
                                  static_cast<long>(size) + 1, static_cast<long>(size) + 100'000}) {
          if (before < -1 || (options != 0 && before > static_cast<long>(size))) continue;
          // Large files only where the way changes with them.
          if (size >= kUserChunk - kFewBytes && before != -1 && before != static_cast<long>(size) + 100'000) continue;
          INFO(size, " bytes over ", before, ", options ", options);
          ::unlink(path.c_str());
          if (before >= 0) write_plainly(path, pattern(static_cast<size_t>(before), 1));
          const Bytes data = pattern(size, 2);
          const Outcome outcome = session.run(ask_write_file(path, data, options));
          CHECK(outcome.error == 0);
          CHECK((read_plainly(path) == data));
        }
      }
    }
  });
}

TEST_CASE("writeFile: many files in one batch, some there and some not, are each exactly their data") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    constexpr uint32_t kFiles = 300;
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kFiles; i++) {
      const std::string path = folder / std::to_string(i);
      if (i % 3 == 0) write_plainly(path, pattern(i * 50, 7));
      asks.push_back(ask_write_file(path, pattern(i * 37, i + 1)));
    }
    const auto outcomes = session.run_all(std::move(asks));
    size_t wrong = 0;
    for (uint32_t i = 0; i < kFiles; i++) {
      wrong += outcomes[i].error != 0 || read_plainly(folder / std::to_string(i)) != pattern(i * 37, i + 1);
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("writeFile: flags mean what open(2) says of them") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    write_plainly(path, pattern(100, 1));
    Bytes expected = pattern(100, 1);
    for (const size_t size : {size_t{5}, size_t{0}, kUserChunk + 3}) {
      const Bytes more = pattern(size, 2);
      CHECK(session.run(ask_write_file_with(path, more, O_WRONLY | O_CREAT | O_APPEND)).error == 0);
      expected.insert(expected.end(), more.begin(), more.end());
      CHECK((read_plainly(path) == expected));
    }
    CHECK(session.run(ask_write_file_with(path, pattern(7, 3), O_WRONLY | O_CREAT | O_TRUNC)).error == 0);
    CHECK((read_plainly(path) == pattern(7, 3)));
    // r+: what is behind the data stays.
    CHECK(session.run(ask_write_file_with(path, pattern(3, 4), O_RDWR)).error == 0);
    CHECK(read_plainly(path).size() == 7);
    const Outcome there = session.run(ask_write_file_with(path, pattern(3, 4), O_WRONLY | O_CREAT | O_EXCL | O_TRUNC));
    CHECK(there.error == EEXIST);
    CHECK(there.call == Call::kOpen);
    const Outcome missing = session.run(ask_write_file_with(folder / "missing", pattern(3, 4), O_RDWR));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kOpen);
  });
}

TEST_CASE("writeFile: a new file gets its mode less the umask, and symbolic links are followed") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::symlink("target", (folder / "link").c_str()) == 0);
    const mode_t before = ::umask(027);
    const Outcome outcome = session.run(ask_write_file(folder / "link", pattern(10, 1)));
    ::umask(before);
    CHECK(outcome.error == 0);
    struct stat st {};
    REQUIRE(::lstat((folder / "target").c_str(), &st) == 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK((st.st_mode & 0777) == 0640);
    CHECK(session.run(ask_write_file(folder / "link", pattern(4, 2))).error == 0);
    CHECK((read_plainly(folder / "target") == pattern(4, 2)));
  });
}

TEST_CASE("writeFile: a failure names the call that failed") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    struct Case {
      std::string path;
      int error;
      Call call;
    };
    for (const Case& c : std::vector<Case>{
             {folder.path(), EISDIR, Call::kOpen},
             {folder / "missing/file", ENOENT, Call::kOpen},
             {folder / "file/below", ENOTDIR, Call::kOpen},
             {"/dev/full", ENOSPC, Call::kWrite},
         }) {
      for (const uint32_t options : {0u, option::kFlush}) {
        for (const size_t size : {size_t{1}, kUserChunk + 1}) {
          INFO(c.path, ", ", size, " bytes, options ", options);
          const Outcome outcome = session.run(ask_write_file(c.path, pattern(size, 1), options));
          CHECK(outcome.error == c.error);
          CHECK(outcome.call == c.call);
        }
      }
    }
    CHECK(session.run(ask_write_file("/dev/null", pattern(100, 1))).error == 0);
  });
}

TEST_CASE("writeFile on a descriptor: at its own position, and the descriptor stays open") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    for (const size_t size : {size_t{0}, size_t{10}, 2 * kUserChunk + 1}) {
      write_plainly(path, pattern(50, 1));
      const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      REQUIRE(::lseek(fd, 20, SEEK_SET) == 20);
      Ask ask = ask_on(Op::kWriteFile, fd);
      ask.view = pattern(size, 2);
      ask.length = size;
      CHECK(session.run(std::move(ask)).error == 0);
      CHECK(::lseek(fd, 0, SEEK_CUR) == static_cast<off_t>(20 + size));
      Bytes expected = pattern(50, 1);
      expected.resize(std::max<size_t>(50, 20 + size));
      const Bytes data = pattern(size, 2);
      std::copy(data.begin(), data.end(), expected.begin() + 20);
      CHECK((read_plainly(path) == expected));
      CHECK(::close(fd) == 0);
    }
    Ask bad = ask_on(Op::kWriteFile, 9999);
    bad.view = pattern(5, 1);
    bad.length = 5;
    const Outcome outcome = session.run(std::move(bad));
    CHECK(outcome.error == EBADF);
  });
}

TEST_CASE("writeFile: a buffer that shrinks writes what it still has, says so, and leaves no old bytes") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    struct Case {
      size_t size;
      std::vector<size_t> view_sizes;
      std::vector<size_t> written;  // a piece is of another size on the ring than on the pool
    };
    for (const Case& c : std::vector<Case>{
             {100, {0}, {0}},
             {100, {40}, {40}},
             {2 * kUserChunk, {kUserChunk}, {kUserChunk}},
             {2 * kUserChunk + 9, {2 * kUserChunk + 9, 0}, {kUserChunk, kPoolWriteChunk}},
             {3 * kUserChunk, {3 * kUserChunk, kUserChunk + 10}, {kUserChunk + 10}},
         }) {
      for (const uint32_t options : {0u, option::kFlush}) {
        for (const size_t before : {size_t{0}, 3 * kUserChunk + 50}) {
          if (kFewBytes && (before == 0) != (options == 0)) continue;
          INFO(c.size, " bytes, shrunk to ", c.view_sizes.back(), ", over ", before, ", options ", options);
          ::unlink(path.c_str());
          if (before > 0) write_plainly(path, pattern(before, 1));
          Ask ask = ask_write_file(path, pattern(c.size, 2), options);
          ask.view_sizes = c.view_sizes;
          const Outcome outcome = session.run(std::move(ask));
          CHECK(outcome.error == kErrorDetached);
          const Bytes left = read_plainly(path);
          Bytes expected = pattern(c.size, 2);
          expected.resize(left.size());
          CHECK((left == expected));
          CHECK(std::count(c.written.begin(), c.written.end(), left.size()) == 1);
        }
      }
    }
  });
}

TEST_CASE("writeFile: a full disk is told, and no old byte stands behind the new ones") {
  const Folder folder(disk());
  const int failures = in_own_mounts([&] {
    if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) return kMayNotMount;
    int wrong = 0;
    for (const Lanes& lanes : all_lanes()) {
      Session session(lanes.policy);
      const std::string path = folder / "file";
      for (const size_t before : {size_t{0}, size_t{900} * 1024}) {
        ::unlink(path.c_str());
        if (before > 0) write_plainly(path, pattern(before, 1));
        const Bytes data = pattern(2 * kUserChunk + 100, 2);
        const Outcome outcome = session.run(ask_write_file(path, data));
        const Bytes there = read_plainly(path);
        const bool prefix = there.size() < data.size() && std::equal(there.begin(), there.end(), data.begin());
        wrong += outcome.error != ENOSPC || outcome.call != Call::kWrite || !prefix;
        ::unlink(path.c_str());
        wrong += session.run(ask_write_file(path, pattern(500, 3))).error != 0;
        wrong += read_plainly(path) != pattern(500, 3);
      }
      wrong += !session.stop();
    }
    return wrong;
  });
  if (failures == kMayNotMount) {
    MESSAGE("no right to mount here: not tried");
    return;
  }
  CHECK(failures == 0);
}
