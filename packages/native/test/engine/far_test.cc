// Filesystems that may never answer, pretended: a tmpfs that the engine takes for a FUSE mount, so that its files have
// the threads that may wait, and their closes too. What really hangs is in fuse_test.cc.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

std::string device_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
}

using FarBody = std::function<void(Session& session, const Folder& near, const Folder& far)>;

// On every lane, with one folder on the disk and one that is far; and looks for what is left behind.
void beside_far(const FarBody& body, size_t room = 1024) {
  if (memory_disk().empty()) {
    MESSAGE("no tmpfs here: not tried");
    return;
  }
  const Folder tables(disk());
  for (Lanes lanes : all_lanes()) {
    const Folder far(memory_disk());
    const WithMount pretended(tables, far.path(), device_of(far.path()));
    lanes.room = room;
    with_lanes(lanes, disk(), [&](Session& session, const Folder& near) { body(session, near, far); });
  }
}

int open_file(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

// Of other threads than this one.
void every_call_waits(int hold_ms) { fault::arm({fault::Point::kCall, fault::Manner::kMet, 0, 1, true, 1, hold_ms}); }

}  // namespace

TEST_CASE("far: files, descriptors and folders are worked on by the threads that may wait, and closed by them") {
  beside_far([](Session& session, const Folder& near, const Folder& far) {
    const Bytes content = pattern(kStagedResultMax + 5000, 1);
    write_plainly(far / "file", content);
    const int fd = open_file(far / "file", O_RDWR);
    for (int round = 0; round < 2; round++) {
      CHECK((session.run(ask_read_file(far / "file")).bytes == content));
      const Outcome part = session.run(ask_read(fd, 1000, 500));
      CHECK(part.value == 1000);
      CHECK(std::equal(part.bytes.begin(), part.bytes.end(), content.begin() + 500));
      CHECK(part.lane != Lane::kRing);
      Ask whole = ask_on(Op::kReadFile, fd);
      REQUIRE(::lseek(fd, 0, SEEK_SET) == 0);
      CHECK((session.run(whole).bytes == content));
      CHECK(session.run(ask_on(Op::kStat, fd)).stx.stx_size == content.size());
      CHECK(session.run(ask_write(fd, Bytes(content.begin(), content.begin() + 300), 0)).value == 300);
      CHECK(session.run(ask_on(Op::kSync, fd)).error == 0);
      CHECK(session.run(ask_write_file(far / "new", pattern(100, 2), option::kFlush)).error == 0);
      CHECK((read_plainly(far / "new") == pattern(100, 2)));
      CHECK(session.run(ask_path(Op::kRm, far / "new")).error == 0);
      // Its device alone says that a folder is far.
      const uint32_t opened = session.submit({ask_path(Op::kOpendir, far.path())});
      REQUIRE(session.turn_until_finished(opened));
      Ask names;
      names.op = Op::kReadFolder;
      names.options = option::kOnHandle | option::kFolder;
      names.folder = std::exchange(session.outcome(opened).folder, nullptr);
      names.length = 10;
      CHECK(session.run(std::move(names)).names == std::vector<std::string>{"ffile"});
      // From one to the other.
      write_plainly(near / "near", pattern(50, 3));
      CHECK(session.run(ask_paths(Op::kCopyFile, near / "near", far / "copy")).error == 0);
      CHECK((read_plainly(far / "copy") == pattern(50, 3)));
      CHECK(session.run(ask_path(Op::kUnlink, far / "copy")).error == 0);
    }
    CHECK(session.run(ask_on(Op::kClose, fd)).error == 0);
    CHECK(::fcntl(fd, F_GETFD) < 0);
  });
}

TEST_CASE("far: where no thread is to be had an op says so, and its descriptor is closed all the same") {
  beside_far([](Session& session, const Folder& near, const Folder& far) {
    write_plainly(far / "file", pattern(100, 1));
    const int fd = open_file(far / "file", O_RDWR);
    const int given = open_file(far / "file", O_RDWR);
    const int own = open_file(near.path(), O_RDONLY | O_DIRECTORY);
    const int before = count_descriptors();
    fault::arm({fault::Point::kThread, fault::Manner::kFails, EAGAIN, 1, true});
    CHECK(session.run(ask_read(fd, 10, 0)).error == EAGAIN);
    CHECK(session.run(ask_write(fd, pattern(10, 1), 0)).error == EAGAIN);
    CHECK(session.run(ask_path(Op::kMkdir, far / "folder")).error == EAGAIN);
    CHECK(session.run(ask_on(Op::kClose, given)).error == 0);
    CHECK(::fcntl(given, F_GETFD) < 0);
    fault::disarm();
    CHECK(count_descriptors() == before - 1);
    CHECK(session.run(ask_read(fd, 10, 0)).value == 10);
    ::close(fd);
    ::close(own);
  });
}

TEST_CASE("far: what waits for its turn can be called off at once, and a close that was asked for is made") {
  beside_far([](Session& session, const Folder&, const Folder& far) {
    write_plainly(far / "file", pattern(100, 1));
    const int fd = open_file(far / "file", O_RDWR);
    std::vector<int> given;
    std::vector<Ask> asks;
    for (size_t i = 0; i < 2 * kMaxSlowAway; i++) {
      asks.push_back(ask_path(Op::kStat, far / "file"));
      asks.push_back(ask_path(Op::kMkdir, far / std::to_string(i)));
      asks.push_back(ask_read(fd, 10, 0));
      given.push_back(open_file(far / "file", O_RDONLY));
      asks.push_back(ask_on(Op::kClose, given.back()));
    }
    const size_t count = asks.size();
    every_call_waits(fault::kHoldForLong);
    const uint32_t first = session.submit(std::move(asks));
    const int64_t deadline = milliseconds() + 30'000;
    while (!fault::is_met() && milliseconds() < deadline) ::usleep(100);
    for (uint32_t i = 0; i < count; i++) session.engine().cancel(first + i);
    CHECK(fault::disarm() > 0);
    REQUIRE(session.turn_until_idle());
    size_t cancelled = 0;
    size_t wrong = 0;
    for (uint32_t i = 0; i < count; i++) {
      const Outcome& outcome = session.outcome(first + i);
      const bool close = i % 4 == 3;
      cancelled += outcome.error == ECANCELED;
      wrong += outcome.finished != 1 || (outcome.error != 0 && (close || outcome.error != ECANCELED));
    }
    CHECK(wrong == 0);
    CHECK(cancelled >= count / 2);
    for (const int one : given) wrong += ::fcntl(one, F_GETFD) >= 0;
    CHECK(wrong == 0);
    ::close(fd);
  });
}

TEST_CASE("far: an op cancelled on its way from a link to where that leads is called off there") {
  beside_far([](Session& session, const Folder& near, const Folder& far) {
    write_plainly(far / "file", pattern(100, 1));
    REQUIRE(::symlink((far / "file").c_str(), (near / "link").c_str()) == 0);
    size_t cancelled = 0;
    for (int round = 0; round < 5; round++) {
      const uint32_t id = session.submit({ask_path(Op::kChmod, near / "link", 0, 0600)});
      // The pool's walk has ended, and nobody has heard of it yet.
      ::usleep(5000);
      session.engine().cancel(id);
      REQUIRE(session.turn_until_finished(id));
      cancelled += session.outcome(id).error == ECANCELED;
    }
    CHECK(cancelled > 0);
    CHECK(session.run(ask_path(Op::kChmod, near / "link", 0, 0640)).error == 0);
    struct stat st {};
    REQUIRE(::stat((far / "file").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0640);
  });
}

TEST_CASE("far: with little room for outcomes none is lost, and with no descriptor left each waits for its turn") {
  beside_far(
      [](Session& session, const Folder&, const Folder& far) {
        write_plainly(far / "file", pattern(100, 1));
        const int fd = open_file(far / "file", O_RDONLY);
        std::vector<Ask> asks(3 * kMaxSlowAway, ask_read(fd, 10, 0));
        const uint32_t first = session.submit(std::move(asks));
        REQUIRE(session.turn_until_idle());
        size_t wrong = 0;
        for (uint32_t i = 0; i < 3 * kMaxSlowAway; i++) wrong += session.outcome(first + i).value != 10;
        CHECK(wrong == 0);
        CHECK(session.host().complaint() == "");
        ::close(fd);
      },
      7);
  beside_far([](Session& session, const Folder& near, const Folder& far) {
    write_plainly(far / "file", pattern(100, 1));
    const int fd = open_file(far / "file", O_RDONLY);
    // Local, away for long, and in need of no descriptor.
    std::string deep = near.path();
    for (int i = 0; i < 30; i++) deep += "/d";
    CHECK(session.run(ask_read(fd, 10, 0)).value == 10);
    every_call_waits(20);
    std::vector<Ask> asks;
    asks.push_back(ask_path(Op::kMkdir, deep, 0, 0777, option::kRecursive));
    for (size_t i = 0; i < 2 * kMaxSlowAway; i++) asks.push_back(ask_read(fd, 10, 0));
    const uint32_t first = session.submit(std::move(asks));
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    const rlimit none{3, old.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    session.turn_for(30);
    const bool amid = !session.is_finished(first);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
    fault::disarm();
    REQUIRE(session.turn_until_idle());
    size_t failed = 0;
    for (uint32_t i = 0; i < 2 * kMaxSlowAway; i++) failed += session.outcome(first + 1 + i).value != 10;
    // A machine that stood still for so long has let the only one end that they wait for.
    if (amid) CHECK(failed == 0);
    ::close(fd);
  });
}

TEST_CASE(
    "far: beside it what the ring has opened goes on where it is, and a folder without a name is asked elsewhere") {
  beside_far([](Session& session, const Folder& near, const Folder& far) {
    write_plainly(near / "empty", Bytes());
    write_plainly(near / "file", pattern(100, 1));
    CHECK(session.run(ask_read_file("/proc/self/limits")).bytes.size() > 500);
    CHECK(session.run(ask_read_file(near / "empty")).bytes.empty());
    CHECK((session.run(ask_read_file(near / "file")).bytes == pattern(100, 1)));
    const Outcome unnamed = session.run(ask_open(near.path(), O_RDWR | O_TMPFILE, 0600));
    CHECK(unnamed.error == 0);
    ::close(static_cast<int>(unnamed.value));
    CHECK(session.run(ask_read_file(near / "missing")).error == ENOENT);
    CHECK(session.run(ask_read_file(near / "file/below")).error == ENOTDIR);
    CHECK(session.run(ask_read_file(far / "missing")).error == ENOENT);
    const Inside inside(near.path());
    for (uint64_t nth = 1; nth <= 3; nth++) {
      // The folder cannot be held open, or has no name to be had: the op is right all the same.
      fault::arm({fault::Point::kCall, fault::Manner::kFails, EMFILE, nth, false});
      const uint32_t id = session.submit({ask_path(Op::kUnlink, "missing")});
      fault::disarm();
      REQUIRE(session.turn_until_finished(id));
      CHECK((session.outcome(id).error == ENOENT || session.outcome(id).error == EMFILE));
    }
  });
}
