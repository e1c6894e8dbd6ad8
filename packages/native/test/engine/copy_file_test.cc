// copyFile, and truncate of a path.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr int kExclusive = 1;
constexpr int kClone = 2;
constexpr int kCloneForce = 4;

struct stat look(const std::string& path) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return st;
}

Ask ask_copy(const std::string& from, const std::string& to, int flags = 0, uint32_t options = 0) {
  return ask_paths(Op::kCopyFile, from, to, flags, options);
}

}  // namespace

TEST_CASE("copyFile: content and mode, of sizes around every bound, within a filesystem and across") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Folder other(memory_disk().empty() ? disk() : memory_disk());
    uint32_t tag = 0;
    for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{65'536}, size_t{65'537}, size_t{9} << 20}) {
      if (kFewBytes && size > (size_t{1} << 20)) continue;
      INFO("size ", size);
      const Bytes content = pattern(size, ++tag);
      write_plainly(folder / "from", content);
      REQUIRE(::chmod((folder / "from").c_str(), 0640) == 0);
      for (const std::string& to : {folder / "to", other / "to"}) {
        write_plainly(to, pattern(100'000, 99));
        REQUIRE(::chmod(to.c_str(), 0777) == 0);
        for (const int flags : {0, kClone}) {
          CHECK(session.run(ask_copy(folder / "from", to, flags)).error == 0);
          CHECK((read_plainly(to) == content));
          CHECK((look(to).st_mode & 07777) == 0640);
        }
        ::unlink(to.c_str());
        CHECK(session.run(ask_copy(folder / "from", to, kExclusive)).error == 0);
        CHECK((read_plainly(to) == content));
      }
    }
  });
}

TEST_CASE("copyFile onto itself changes nothing") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(1000, 1));
    REQUIRE(::symlink("file", (folder / "link").c_str()) == 0);
    REQUIRE(::link((folder / "file").c_str(), (folder / "name").c_str()) == 0);
    for (const std::string name : {"file", "link", "name"}) {
      CHECK(session.run(ask_copy(folder / "file", folder / name)).error == 0);
      CHECK(session.run(ask_copy(folder / name, folder / "file")).error == 0);
    }
    CHECK((read_plainly(folder / "file") == pattern(1000, 1)));
    CHECK(session.run(ask_copy(folder / "file", folder / "file", kExclusive)).error == EEXIST);
    CHECK((read_plainly(folder / "file") == pattern(1000, 1)));
  });
}

TEST_CASE("copyFile takes owner and times along where that is asked for") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", {});
    const timespec times[2] = {{5, 6}, {7, 8}};
    REQUIRE(::utimensat(AT_FDCWD, (folder / "file").c_str(), times, 0) == 0);
    const bool root = ::geteuid() == 0;
    if (root) REQUIRE(::chown((folder / "file").c_str(), 4711, 4712) == 0);
    CHECK(session.run(ask_copy(folder / "file", folder / "plain")).error == 0);
    CHECK(look(folder / "plain").st_uid == ::geteuid());
    CHECK(look(folder / "plain").st_mtim.tv_sec > 7);
    CHECK(session.run(ask_copy(folder / "file", folder / "alike", 0, option::kLikeSource)).error == 0);
    CHECK(look(folder / "alike").st_uid == (root ? 4711 : ::geteuid()));
    CHECK(look(folder / "alike").st_mtim.tv_sec == 7);
    CHECK(look(folder / "alike").st_mtim.tv_nsec == 8);
  });
}

TEST_CASE("copyFile that fails says so as copyfile, and leaves no half copy") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(1000, 1));
    write_plainly(folder / "there", pattern(10, 2));
    REQUIRE(::mkdir((folder / "dir").c_str(), 0777) == 0);
    struct Row {
      std::string from, to;
      int flags, error;
    };
    for (const Row& row : std::vector<Row>{{"missing", "new", 0, ENOENT},
                                           {"file", "no/such", 0, ENOENT},
                                           {"file", "dir", 0, EISDIR},
                                           {"file/below", "new", 0, ENOTDIR},
                                           {"file", "there", kExclusive, EEXIST}}) {
      INFO(row.from, " -> ", row.to);
      const Outcome outcome = session.run(ask_copy(folder / row.from, folder / row.to, row.flags));
      CHECK(outcome.error == row.error);
      CHECK(outcome.call == Call::kCopyfile);
    }
    CHECK_FALSE(exists(folder / "new"));
    CHECK((read_plainly(folder / "there") == pattern(10, 2)));
    // What was opened for the copy is removed when it fails, even if it was there before.
    CHECK(session.run(ask_copy("/proc", folder / "from-folder")).error ==
          session.run(ask_copy("/proc", folder / "x")).error);
    CHECK(session.run(ask_copy(folder / "dir", folder / "there")).error == EISDIR);
    CHECK_FALSE(exists(folder / "there"));
    const Outcome forced = session.run(ask_copy(folder / "file", folder / "forced", kCloneForce));
    CHECK(exists(folder / "forced") == (forced.error == 0));
  });
}

TEST_CASE("copyFile of files that lie about their size, and of FIFOs, holds no thread") {
  on_every_lane([](Session& session, const Folder& folder) {
    // procfs says 0 bytes, sysfs says 4096 and has fewer.
    CHECK(session.run(ask_copy("/proc/self/status", folder / "proc")).error == 0);
    CHECK(read_plainly(folder / "proc").empty());
    if (exists("/sys/kernel/mm/transparent_hugepage/enabled")) {
      CHECK(session.run(ask_copy("/sys/kernel/mm/transparent_hugepage/enabled", folder / "sys")).error == 0);
      CHECK(read_plainly(folder / "sys") == read_plainly("/sys/kernel/mm/transparent_hugepage/enabled"));
    }
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    write_plainly(folder / "file", pattern(1000, 1));
    // More than there are pool threads, none of which may be held by them.
    std::vector<Ask> asks(8, ask_copy(folder / "fifo", folder / "copy"));
    asks.push_back(ask_copy(folder / "file", folder / "other"));
    const uint32_t first = session.submit(std::move(asks));
    CHECK(session.turn_until_finished(first + 8));
    CHECK_FALSE(session.is_finished(first));
    const int writer = ::open((folder / "fifo").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(writer >= 0);
    CHECK(session.turn_until_idle());
    CHECK(session.outcome(first).error == 0);
    CHECK(read_plainly(folder / "copy").empty());
    ::close(writer);
    // Into a FIFO: it waits for a reader, then cannot be cut, and is removed like any failed copy.
    const uint32_t into = session.submit({ask_copy(folder / "file", folder / "fifo")});
    session.turn_for(50);
    CHECK_FALSE(session.is_finished(into));
    const int reader = ::open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(session.turn_until_finished(into));
    CHECK(session.outcome(into).error == EINVAL);
    CHECK_FALSE(exists(folder / "fifo"));
    ::close(reader);
  });
}

TEST_CASE("copyFile that is cancelled, or cut off by the end, leaves no half copy and no descriptor") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    write_plainly(folder / "file", pattern(100, 1));
    const uint32_t first = session.submit({ask_copy(folder / "fifo", folder / "copy")});
    session.turn_for(20);
    session.engine().cancel(first);
    CHECK(session.turn_until_finished(first));
    CHECK(session.outcome(first).error == ECANCELED);
    CHECK_FALSE(exists(folder / "copy"));
    session.submit({ask_copy(folder / "fifo", folder / "copy"), ask_copy(folder / "file", folder / "fifo")});
    session.turn_for(5);
    CHECK(session.stop());
  });
}

TEST_CASE("truncate of a path: longer, shorter, and failures by the call that failed") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const auto cut = [&](const std::string& path, uint64_t length) {
      Ask ask = ask_path(Op::kTruncate, path);
      ask.length = length;
      return session.run(std::move(ask));
    };
    write_plainly(folder / "file", pattern(1000, 1));
    CHECK(cut(folder / "file", 10).error == 0);
    CHECK(look(folder / "file").st_size == 10);
    CHECK(cut(folder / "file", uint64_t{1} << 33).error == 0);
    CHECK(look(folder / "file").st_size == int64_t{1} << 33);
    CHECK(cut(folder / "missing", 0).call == Call::kOpen);
    CHECK(cut(folder.path(), 0).error == EISDIR);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    const Outcome fifo = cut(folder / "fifo", 0);
    CHECK(fifo.error == EINVAL);
    CHECK(fifo.call == Call::kFtruncate);
  });
}
