// What ordinary work seldom meets: a mount that may never answer, folders that are moved or gone, kinds of names and
// forms of text that are rare, attempts that nobody should make.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "engine/limits.h"
#include "engine/mounts.h"
#include "engine/syscalls.h"
#include "fault_plan.h"
#include "harness.h"
#include "ops/names.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  return ::realpath(path.c_str(), real.data()) != nullptr ? real.data() : "";
}

}  // namespace

TEST_CASE(
    "beside a mount that may never answer, links are not walked on the loop thread, and nothing below it is tried") {
  const Folder tables(disk());
  for (const Lanes& lanes : all_lanes()) {
    const Folder folder(disk());
    const std::string far = folder / "far";
    REQUIRE(::mkdir(far.c_str(), 0777) == 0);
    const WithMount pretended(tables, far);
    INFO(lanes.name);
    Session session(lanes.policy, lanes.room);
    write_plainly(folder / "near", pattern(100, 1));
    write_plainly(far + "/file", pattern(200, 2));
    REQUIRE(::symlink("near", (folder / "link").c_str()) == 0);
    REQUIRE(::symlink("far/file", (folder / "leads-there").c_str()) == 0);
    for (int round = 0; round < 3; round++) {
      CHECK((session.run(ask_read_file(folder / "near")).bytes == pattern(100, 1)));
      CHECK((session.run(ask_read_file(folder / "link")).bytes == pattern(100, 1)));
      CHECK(session.run(ask_path(Op::kStat, folder / "near")).stx.stx_size == 100);
      CHECK(session.run(ask_path(Op::kStat, folder / "link")).stx.stx_size == 100);
      CHECK(session.run(ask_path(Op::kStat, folder / "missing")).error == ENOENT);
      CHECK(session.run(ask_path(Op::kAccess, folder / "near", R_OK)).error == 0);
      CHECK(session.run(ask_path(Op::kRealpath, folder / "link")).text == real_path(folder / "near"));
      CHECK(session.run(ask_path(Op::kReadlink, folder / "link")).text == "near");
      for (const std::string& there : {far + "/file", folder / "leads-there", folder / "./far/file"}) {
        const Outcome read = session.run(ask_read_file(there));
        CHECK((read.bytes == pattern(200, 2)));
        CHECK(read.lane != Lane::kCached);
        const Outcome looked = session.run(ask_path(Op::kStat, there));
        CHECK(looked.stx.stx_size == 200);
        CHECK(looked.lane != Lane::kCached);
      }
    }
    const Inside inside(folder.path());
    CHECK((session.run(ask_read_file("near")).bytes == pattern(100, 1)));
    const Outcome read = session.run(ask_read_file("far/file"));
    CHECK((read.bytes == pattern(200, 2)));
    CHECK(read.lane != Lane::kCached);
    // Those that wait beyond their batch hold the folder open, and are not tried below it.
    const uint32_t first = session.submit(std::vector<Ask>(600, ask_read_file("near")));
    REQUIRE(session.turn_until_idle());
    size_t wrong = 0;
    for (uint32_t i = 0; i < 600; i++) wrong += session.outcome(first + i).bytes != pattern(100, 1);
    CHECK(wrong == 0);
    CHECK(session.stop());
  }
}

TEST_CASE(
    "realpath of relative paths that wait: of the folder of the call, under its new name, or ENOENT when it is gone") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "here").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "there").c_str(), 0777) == 0);
    write_plainly(folder / "here/file", pattern(1, 1));
    const std::string before = real_path(folder / "here");
    constexpr uint32_t kJobs = 1500;
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kJobs; i++) asks.push_back(ask_path(Op::kRealpath, i % 2 == 0 ? "./file" : "."));
    const Inside inside(folder / "here");
    const uint32_t first = session.submit(std::move(asks));
    REQUIRE(::chdir((folder / "there").c_str()) == 0);
    REQUIRE(::rename((folder / "here").c_str(), (folder / "moved").c_str()) == 0);
    REQUIRE(session.turn_until_idle());
    const std::string after = real_path(folder / "moved");
    // One that is amid its walk when the name changes may miss, as realpath(3) may: it too asks for its folder's name
    // first.
    size_t wrong = 0;
    size_t missed = 0;
    for (uint32_t i = 0; i < kJobs; i++) {
      const Outcome& outcome = session.outcome(first + i);
      const std::string end = i % 2 == 0 ? "/file" : "";
      const bool right = outcome.error == 0 && (outcome.text == before + end || outcome.text == after + end);
      missed += outcome.error == ENOENT;
      wrong += !right && outcome.error != ENOENT;
    }
    CHECK(missed <= 8);  // no more than can be under way at once
    CHECK(wrong == 0);

    const uint32_t second = session.submit(std::vector<Ask>(kJobs, ask_path(Op::kRealpath, "nothing")));
    REQUIRE(::chdir(folder.path().c_str()) == 0);
    REQUIRE(::rmdir((folder / "there").c_str()) == 0);
    REQUIRE(session.turn_until_idle());
    for (uint32_t i = 0; i < kJobs; i++) wrong += session.outcome(second + i).error != ENOENT;
    CHECK(wrong == 0);
  });
}

TEST_CASE("readdir and readFolder tell sockets and devices by their kind") {
  on_every_lane([](Session& session, const Folder& folder) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    {
      const Inside inside(folder.path());
      std::strcpy(address.sun_path, "socket");
      REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    }
    ::close(listener);
    const Outcome found = session.run(ask_path(Op::kReaddir, folder.path(), readdir::kTypes, 0));
    CHECK((found.names == std::vector<std::string>{"ssocket"}));
    const Outcome devices = session.run(ask_path(Op::kReaddir, "/dev", readdir::kTypes, 0));
    CHECK(std::count(devices.names.begin(), devices.names.end(), "cnull") == 1);
  });
}

TEST_CASE("text is UTF-8 or not as Unicode has it") {
  const auto well = [](const std::string& text) { return is_utf8(text.data(), text.size()); };
  for (const std::string good : {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xf0\x9f\x98\x80z", "\xe0\xa0\x80"}) {
    CHECK(well(good));
  }
  const std::vector<std::pair<std::string, std::string>> bad = {{"a byte that only follows", "\x80"},
                                                                {"overlong, two bytes", "\xc0\xaf"},
                                                                {"overlong, three bytes", "\xe0\x9f\xbf"},
                                                                {"overlong, four bytes", "\xf0\x8f\xbf\xbf"},
                                                                {"a surrogate", "\xed\xa0\x80"},
                                                                {"above U+10FFFF", "\xf4\x90\x80\x80"},
                                                                {"a lead beyond all", "\xf5\x80\x80\x80"},
                                                                {"cut short", "\xe2\x82"},
                                                                {"a lead alone", "\xc3"},
                                                                {"not followed", "\xc3z"},
                                                                {"not followed to the end", "\xf0\x9f\x98z"}};
  for (const auto& [what, text] : bad) {
    INFO(what);
    CHECK_FALSE(well(text));
  }
  CHECK(is_ascii("plain", 5));
  CHECK(is_ascii("", 0));
  CHECK_FALSE(is_ascii("pl\xc3\xa4in", 6));
}

TEST_CASE("an attempt at once is not made while others wait, beyond the budget, or where attempts keep missing") {
  Session session({has_ring(), Policy::Prefer::kBest});
  const Folder folder(disk());
  Engine& engine = session.engine();
  write_plainly(folder / "file", pattern(10, 1));
  read_plainly(folder / "file");
  const auto attempt = [&](const std::string& path) {
    Job* job = job_for(session, ask_read_file(path));
    const auto became = engine.attempt(job);
    if (became == Engine::Attempt::kMissed) {
      engine.abandon(job);
    } else {
      engine.give_back(job);
    }
    return became;
  };
  // Beyond the budget of one iteration.
  engine.new_iteration();
  if (attempt(folder / "file") == Engine::Attempt::kNotTried) return;  // no cached lane here
  ::usleep(20'000);
  CHECK(attempt(folder / "file") == Engine::Attempt::kNotTried);
  // While others wait: what a batch has left for the next iteration.
  const uint32_t waiting = session.submit({ask_read_file(folder / "file")});
  engine.new_iteration();
  CHECK(attempt(folder / "file") == Engine::Attempt::kNotTried);
  REQUIRE(session.turn_until_finished(waiting));
  // After misses in a row, most are saved.
  const std::string fifo = folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
  size_t missed = 0;
  size_t saved = 0;
  for (int i = 0; i < 100; i++) {
    engine.new_iteration();
    const auto became = attempt(fifo);
    missed += became == Engine::Attempt::kMissed;
    saved += became == Engine::Attempt::kNotTried;
  }
  CHECK(missed >= 8);
  CHECK(saved >= 50);
  CHECK(session.stop());
}

TEST_CASE(
    "a file is plain only where it is regular, not for direct I/O, and on a filesystem that tells its cached pages") {
  const Folder folder(disk());
  write_plainly(folder / "file", pattern(10, 1));
  Session session({has_ring(), Policy::Prefer::kBest});
  const auto is_plain = [&](const std::string& path, int flags) {
    Job* job = session.engine().take();
    job->fd = ::open(path.c_str(), flags | O_CLOEXEC);
    job->owns_fd = true;
    job->flags = flags;
    REQUIRE(job->fd >= 0);
    CHECK(sys::facts(job->fd, &job->facts) == 0);
    sys::filesystem(job->fd, &job->facts);
    const bool plain = session.engine().is_plain(*job);
    ::close(job->fd);
    job->owns_fd = false;
    session.engine().give_back(job);
    return plain;
  };
  struct statfs st {};
  REQUIRE(::statfs(folder.path().c_str(), &st) == 0);
  constexpr long kXfs = 0x58465342;
  const bool paged = st.f_type == EXT4_SUPER_MAGIC || st.f_type == kXfs || st.f_type == BTRFS_SUPER_MAGIC;
  CHECK(is_plain(folder / "file", O_RDONLY) == paged);
  CHECK_FALSE(is_plain(folder.path(), O_RDONLY));
  CHECK_FALSE(is_plain("/proc/self/limits", O_RDONLY));
  CHECK_FALSE(is_plain("/dev/null", O_RDONLY));
  const int direct = ::open((folder / "file").c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (direct >= 0) {
    ::close(direct);
    CHECK_FALSE(is_plain(folder / "file", O_RDONLY | O_DIRECT));
  }
  CHECK(session.stop());
}

TEST_CASE("mkdir, recursive: where a parent is there and nothing can be made, or no parent is left, it says so") {
  on_every_lane([](Session& session, const Folder& folder) {
    const auto make = [&](const std::string& path) {
      return session.run(ask_path(Op::kMkdir, path, 0, 0777, option::kRecursive));
    };
    CHECK(make("/proc/ringfs-nothing").error == ENOENT);
    CHECK(make("/proc/ringfs-nothing/below").error == ENOENT);
    CHECK(make("").error == ENOENT);
    REQUIRE(::mkdir((folder / "gone").c_str(), 0777) == 0);
    const Inside inside(folder / "gone");
    REQUIRE(::rmdir((folder / "gone").c_str()) == 0);
    CHECK(make("a").error == ENOENT);
    CHECK(make("a/b").error == ENOENT);
    CHECK(make("/").error == 0);
  });
}

TEST_CASE("mkdtemp gives up with EEXIST when every name it tries is taken") {
  Session session({false, Policy::Prefer::kBlocking});
  const Folder folder(disk());
  CHECK(session.run(ask_path(Op::kMkdtemp, folder / "XXXXXX")).error == 0);
  fault::arm({fault::Point::kCall, fault::Manner::kFails, EEXIST, 1, true});
  const Outcome taken = session.run(ask_path(Op::kMkdtemp, folder / "XXXXXX"));
  const uint64_t tries = fault::disarm();
  CHECK(taken.error == EEXIST);
  CHECK(taken.call == Call::kMkdtemp);
  CHECK(tries > 200'000);
  CHECK(session.stop());
}
