// Beside a filesystem that does not answer (silent_fuse.c): this program runs its own second case below that one.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr const char* kFarVariable = "RINGFS_TEST_FAR";

const char* far_folder() { return ::getenv(kFarVariable); }

std::string far(const std::string& name) { return std::string(far_folder()) + "/" + name; }

// Of two names that do not exist one makes the filesystem answer everything, the other ends that.
void turn(const std::string& to) {
  struct stat st {};
  REQUIRE(::stat(far(to).c_str(), &st) != 0);
}

int open_far(const std::string& name, int flags) {
  const int fd = ::open(far(name).c_str(), flags | O_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

// What hangs, more of each than may be away; the descriptors stay the caller's, but for those that are to be closed.
std::vector<Ask> hanging(int fd) {
  std::vector<Ask> asks;
  for (size_t i = 0; i < kMaxSlowAway; i++) {
    asks.push_back(ask_read_file(far("read-" + std::to_string(i))));
    asks.push_back(ask_path(Op::kStat, far("lookup-" + std::to_string(i))));
    asks.push_back(ask_read(fd, 100, 0));
    if (i % 8 != 0) continue;
    asks.push_back(ask_open(far("open-0"), O_RDONLY));
    asks.push_back(ask_path(Op::kStatfs, far("prompt-0")));
    asks.push_back(ask_write_file_with(far("write-0"), pattern(100, 1), O_WRONLY, option::kFlush));
    asks.push_back(ask_on(Op::kClose, open_far("flush-0", O_RDONLY)));
  }
  return asks;
}

// Ordinary files, straight and through a symbolic link: each is over although so much hangs.
void check_local(Session& session, const Folder& folder) {
  for (const std::string way : {"", "home/"}) {
    std::vector<Ask> writes;
    std::vector<Ask> reads;
    std::vector<Ask> stats;
    for (uint32_t i = 0; i < 100; i++) {
      const auto path = folder / (way + std::to_string(i));
      writes.push_back(ask_write_file(path, pattern(3000 + i, i), i % 10 == 0 ? option::kFlush : 0));
      reads.push_back(ask_read_file(path));
      stats.push_back(ask_path(Op::kStat, path));
    }
    for (const auto& outcome : session.run_all(std::move(writes))) CHECK(outcome.error == 0);
    const auto found = session.run_all(std::move(reads));
    for (uint32_t i = 0; i < 100; i++) CHECK(found[i].bytes == pattern(3000 + i, i));
    for (const auto& outcome : session.run_all(std::move(stats))) CHECK(outcome.error == 0);
  }
}

}  // namespace

TEST_CASE("a FUSE filesystem that does not answer: run beside it") {
  if (far_folder() != nullptr) return;
  if (::geteuid() != 0 || ::access("/dev/fuse", R_OK | W_OK) != 0) {
    MESSAGE("skipped: needs root and /dev/fuse");
    return;
  }
  const Folder folder(disk());
  const std::string by = disk() + "/silent_fuse";
  const std::string self = disk() + "/engine_tests";
  REQUIRE(::setenv(kFarVariable, folder.path().c_str(), 1) == 0);
  const char* arguments[] = {by.c_str(), folder.path().c_str(), self.c_str(), "-tc=hangs on FUSE:*", nullptr};
  pid_t child = -1;
  REQUIRE(::posix_spawn(&child, by.c_str(), nullptr, nullptr, const_cast<char**>(arguments), environ) == 0);
  ::unsetenv(kFarVariable);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("hangs on FUSE: ordinary files go on, what waits can be called off, and all of it ends") {
  if (far_folder() == nullptr) return;
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::symlink(".", (folder / "home").c_str()) == 0);
    turn("quiet");
    const int fd = open_far("read-fd", O_RDONLY | O_NONBLOCK);
    auto asks = hanging(fd);
    const size_t count = asks.size();
    const uint32_t first = session.submit(std::move(asks));
    session.turn_for(50);
    check_local(session, folder);
    CHECK(session.host().finished_count() == 600);
    for (uint32_t id = first; id < first + count / 2; id++) session.engine().cancel(id);
    // All but what is being worked on, or holds a descriptor that has to be closed.
    CHECK(session.turn_until([&] { return session.host().finished_count() >= 600 + count / 2 - kMaxSlowAway; }));
    turn("loud");
    REQUIRE(session.turn_until_idle());
    for (uint32_t id = first; id < first + count; id++) {
      const auto& outcome = session.outcome(id);
      INFO(id);
      CHECK(outcome.finished == 1);
      CHECK((outcome.error == EIO || outcome.error == ECANCELED || outcome.error == 0));
    }
    ::close(fd);
  });
}

TEST_CASE("hangs on FUSE: an engine that cannot be ended says so soon, and can be once its threads are answered") {
  if (far_folder() == nullptr) return;
  warm_up();
  for (const Lanes& lanes : both_backends()) {
    INFO(lanes.name);
    const Folder folder(disk());
    const int descriptors = count_descriptors();
    const int threads = count_threads();
    {
      Session session(lanes.policy);
      turn("quiet");
      const int fd = open_far("read-fd", O_RDONLY | O_NONBLOCK);
      auto asks = hanging(fd);
      for (uint32_t i = 0; i < 50; i++) asks.push_back(ask_write_file(folder / std::to_string(i), pattern(100, i)));
      session.submit(std::move(asks));
      session.turn_for(20);
      const int64_t begun = milliseconds();
      CHECK_FALSE(session.engine().stop());
      CHECK(milliseconds() - begun >= kStopWaitSlowNs / 1'000'000 - 10);
      CHECK(milliseconds() - begun < kStopWaitNs / 1'000'000);
      turn("loud");
      CHECK(back_to(INT_MAX, threads));
      CHECK(session.stop());
      ::close(fd);
    }
    CHECK(back_to(descriptors, threads));
  }
}

TEST_CASE("hangs on FUSE: a name in memory that it is mounted on is not the loop thread's to ask about") {
  if (far_folder() == nullptr) return;
  const Folder folder(disk());
  const std::string memory = folder / "memory";
  const std::string name = memory + "/far";
  REQUIRE(::mkdir(memory.c_str(), 0777) == 0);
  REQUIRE(::mount("none", memory.c_str(), "tmpfs", 0, "size=1m") == 0);
  write_plainly(name, pattern(10, 1));
  const std::string mounted = far("prompt-0");
  REQUIRE(::mount(mounted.c_str(), name.c_str(), "none", MS_BIND, nullptr) == 0);
  for (const Lanes& lanes : all_lanes()) {
    INFO(lanes.name);
    Session session(lanes.policy);
    const Outcome outcome = session.run(ask_path(Op::kUnlink, name));
    CHECK(outcome.error == EBUSY);
    CHECK(outcome.lane != Lane::kCached);
    CHECK(session.stop());
  }
  REQUIRE(::umount2(name.c_str(), MNT_DETACH) == 0);
  REQUIRE(::umount2(memory.c_str(), MNT_DETACH) == 0);
}
