#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

void make_folder(const std::string& path) { REQUIRE(::mkdir(path.c_str(), 0777) == 0); }
void make_file(const std::string& path) { write_plainly(path, Bytes()); }

Ask ask_rm(const std::string& path, bool recursive = true) {
  return ask_path(Op::kRm, path, 0, 0, recursive ? option::kRecursive : 0);
}

// `width` files and a folder on each of `depth` levels.
void make_tree(const std::string& path, int depth, int width) {
  make_folder(path);
  for (int i = 0; i < width; i++) make_file(path + "/f" + std::to_string(i));
  if (depth > 1) make_tree(path + "/d", depth - 1, width);
}

}  // namespace

TEST_CASE("rm: files, links and folders; what a link names stays") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    make_tree(folder / "kept", 2, 3);
    make_file(folder / "file");
    REQUIRE(::symlink("kept", (folder / "link").c_str()) == 0);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    make_folder(folder / "empty");
    make_tree(folder / "tree", 3, 2);
    REQUIRE(::symlink("../kept", (folder / "tree/link").c_str()) == 0);
    for (const std::string name : {"file", "link", "fifo", "empty", "tree"}) {
      INFO(name);
      const Outcome outcome = session.run(ask_rm(folder / name));
      CHECK(outcome.error == 0);
      CHECK(outcome.lane == Lane::kBlocking);
      CHECK_FALSE(exists(folder / name));
    }
    CHECK(exists(folder / "kept/d/f2"));
  });
}

TEST_CASE("rm: what comes before anything is removed") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    make_tree(folder / "tree", 1, 1);
    const Outcome missing = session.run(ask_rm(folder / "missing"));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kLstat);
    CHECK(session.run(ask_rm(folder / "tree/f0/below")).error == ENOTDIR);
    const Outcome refused = session.run(ask_rm(folder / "tree", false));
    CHECK(refused.error == EISDIR);
    CHECK(refused.call == Call::kNone);
    CHECK(exists(folder / "tree/f0"));
    CHECK(session.run(ask_rm(folder / "tree/f0", false)).error == 0);
  });
}

TEST_CASE("rm of a tree deeper than the folders it keeps open, and deeper than a path can be") {
  on_every_lane([](Session& session, const Folder& folder) {
    for (const int depth :
         {static_cast<int>(kOpenLevels) - 1, static_cast<int>(kOpenLevels), static_cast<int>(kOpenLevels) + 1, 100}) {
      make_tree(folder / "tree", depth, 2);
      CHECK(session.run(ask_rm(folder / "tree")).error == 0);
      CHECK_FALSE(exists(folder / "tree"));
    }
    const std::string name(200, 'n');
    make_folder(folder / "deep");
    int fd = ::open((folder / "deep").c_str(), O_PATH | O_CLOEXEC);
    for (int i = 0; i < 40; i++) {
      REQUIRE(::mkdirat(fd, name.c_str(), 0777) == 0);
      const int next = ::openat(fd, name.c_str(), O_PATH | O_CLOEXEC);
      ::close(fd);
      fd = next;
    }
    ::close(fd);
    CHECK(session.run(ask_rm(folder / "deep")).error == 0);
    CHECK_FALSE(exists(folder / "deep"));
  });
}

TEST_CASE("rm of a large folder, of many at once, some cancelled, and one left in flight") {
  on_every_lane_in_memory([](Session& session, const Folder& folder) {
    make_tree(folder / "large", 1, 3000);
    CHECK(session.run(ask_rm(folder / "large")).error == 0);
    CHECK_FALSE(exists(folder / "large"));
    std::vector<Ask> asks;
    for (int i = 0; i < 30; i++) make_tree(folder / std::to_string(i), 3, 20);
    for (int i = 0; i < 30; i++) asks.push_back(ask_rm(folder / std::to_string(i)));
    const uint32_t first = session.submit(std::move(asks));
    for (uint32_t i = 0; i < 30; i += 5) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    for (uint32_t i = 0; i < 30; i++) {
      const int error = session.outcome(first + i).error;
      CHECK((error == 0 || (i % 5 == 0 && error == ECANCELED)));
      CHECK(exists(folder / std::to_string(i)) == (error != 0));
    }
    make_tree(folder / "left", 30, 50);
    session.submit({ask_rm(folder / "left")});
  });
}

TEST_CASE("rm never goes through a link that is put in the way") {
  with_lanes(both_backends().back(), disk(), [](Session& session, const Folder& folder) {
    make_tree(folder / "kept", 2, 5);
    for (int round = 0; round < 10; round++) {
      make_folder(folder / "tree");
      make_tree(folder / "tree/d", 2, 10);
      REQUIRE(::symlink("../kept", (folder / "tree/l").c_str()) == 0);
      std::atomic<bool> stop{false};
      std::thread swapper([&] {
        const std::string a = folder / "tree/d";
        const std::string b = folder / "tree/l";
        while (!stop.load()) {
          ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
          ::usleep(20);
        }
      });
      (void)session.run(ask_rm(folder / "tree"));  // it may fail: somebody is at work there
      stop.store(true);
      swapper.join();
      (void)session.run(ask_rm(folder / "tree"));
      REQUIRE_FALSE(exists(folder / "tree"));
      for (int i = 0; i < 5; i++) {
        CHECK(exists(folder / ("kept/f" + std::to_string(i))));
        CHECK(exists(folder / ("kept/d/f" + std::to_string(i))));
      }
    }
  });
}
