// mkdir, rmdir and unlink on tmpfs: made by the loop thread, since nothing there has to be waited for.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <vector>

#include "engine/limits.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

bool has_memory_disk() {
  if (!memory_disk().empty()) return true;
  MESSAGE("no tmpfs here: not tried");
  return false;
}

const Lanes& best() { return all_lanes().front(); }

int plainly(Op op, const std::string& path) {
  if (op == Op::kMkdir) return ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno;
  return (op == Op::kRmdir ? ::rmdir(path.c_str()) : ::unlink(path.c_str())) == 0 ? 0 : errno;
}

}  // namespace

TEST_CASE("on tmpfs the loop thread makes and removes folders and removes files; on a disk the pool does") {
  if (!has_memory_disk()) return;
  for (const std::string& parent : {memory_disk(), disk()}) {
    INFO(parent);
    const Lane expected = parent == disk() ? Lane::kBlocking : Lane::kCached;
    with_lanes(best(), parent, [&](Session& session, const Folder& folder) {
      write_plainly(folder / "file", pattern(10, 1));
      const Outcome made = session.run(ask_path(Op::kMkdir, folder / "made", 0, 0750));
      CHECK(made.error == 0);
      CHECK(made.lane == expected);
      struct stat st {};
      REQUIRE(::stat((folder / "made").c_str(), &st) == 0);
      CHECK((st.st_mode & 07777) == 0750);
      const Outcome again = session.run(ask_path(Op::kMkdir, folder / "made"));
      CHECK(again.error == EEXIST);
      CHECK(again.call == Call::kMkdir);
      CHECK(again.lane == expected);
      const Outcome removed = session.run(ask_path(Op::kRmdir, folder / "made"));
      CHECK(removed.error == 0);
      CHECK(removed.lane == expected);
      CHECK_FALSE(exists(folder / "made"));
      const Outcome unlinked = session.run(ask_path(Op::kUnlink, folder / "file"));
      CHECK(unlinked.error == 0);
      CHECK(unlinked.lane == expected);
      CHECK_FALSE(exists(folder / "file"));
    });
  }
}

TEST_CASE("on tmpfs the pool removes what is so large that freeing it would take the loop thread's time") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    for (const size_t size : {kCachedBytesMax, kCachedBytesMax + 1}) {
      INFO(size);
      write_plainly(folder / "file", pattern(size, 1));
      const Outcome outcome = session.run(ask_path(Op::kUnlink, folder / "file"));
      CHECK(outcome.error == 0);
      CHECK(outcome.lane == (size > kCachedBytesMax ? Lane::kBlocking : Lane::kCached));
      CHECK_FALSE(exists(folder / "file"));
    }
    // Room that was reserved beyond its end is freed too.
    const int fd = ::open((folder / "reserved").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    REQUIRE(fd >= 0);
    REQUIRE(::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, kCachedBytesMax + 1) == 0);
    ::close(fd);
    CHECK(session.run(ask_path(Op::kUnlink, folder / "reserved")).lane == Lane::kBlocking);
  });
}

TEST_CASE("on tmpfs a path that is too long as a whole is too long, though its folder is not") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    std::string deep = folder.path();
    while (deep.size() + NAME_MAX < PATH_MAX - 1) {
      deep += '/' + std::string(std::min<size_t>(200, PATH_MAX - NAME_MAX - deep.size()), 'd');
      REQUIRE(::mkdir(deep.c_str(), 0777) == 0);
    }
    const auto path_of = [&](size_t size) { return deep + '/' + std::string(size - deep.size() - 1, 'n'); };
    for (const size_t size : {size_t{PATH_MAX} - 1, size_t{PATH_MAX}}) {
      INFO(size);
      const std::string path = path_of(size);
      const int error = plainly(Op::kMkdir, path);
      CHECK(error == (size < PATH_MAX ? 0 : ENAMETOOLONG));
      if (error == 0) REQUIRE(::rmdir(path.c_str()) == 0);
      CHECK(session.run(ask_path(Op::kMkdir, path)).error == error);
      CHECK(session.run(ask_path(Op::kRmdir, path)).error == error);
    }
  });
}

TEST_CASE("on tmpfs changes that are not tried, or fail, do not keep cached files from being tried") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(100, 1));
    write_plainly(folder / "large", pattern(kCachedBytesMax + 1, 1));
    for (int i = 0; i < 50; i++) {
      const Outcome made = session.run(ask_path(Op::kMkdir, folder / "all/of/it", 0, 0777, option::kRecursive));
      CHECK(made.error == 0);
      CHECK(session.run(ask_path(Op::kMkdir, folder / "all/")).error == EEXIST);
      REQUIRE(::link((folder / "large").c_str(), (folder / "second").c_str()) == 0);
      CHECK(session.run(ask_path(Op::kUnlink, folder / "second")).lane == Lane::kBlocking);
    }
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kCached);
  });
}

TEST_CASE("on tmpfs a file is removed after what came before it in the batch") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    for (int i = 0; i < 20; i++) {
      const std::string path = folder / std::to_string(i);
      write_plainly(path, pattern(100, i));
      std::vector<Ask> asks;
      asks.push_back(ask_read_file(path));
      asks.push_back(ask_path(Op::kUnlink, path));
      for (const Outcome& outcome : session.run_all(std::move(asks))) {
        CHECK(outcome.error == 0);
        CHECK(outcome.lane == Lane::kCached);
      }
    }
    // A write goes away, so what comes behind it does.
    std::vector<Ask> more;
    more.push_back(ask_write_file(folder / "new", pattern(100, 1)));
    more.push_back(ask_path(Op::kUnlink, folder / "old"));
    CHECK(session.run_all(std::move(more))[1].lane == Lane::kBlocking);
  });
}

TEST_CASE("on tmpfs changes end as the plain calls do, whatever the path looks like") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    for (const std::string name :
         {"new",   "new/",     "new//",    "there",        "there/", "there/.",    "there/..",    ".",
          "..",    "",         "/",        "missing/new",  "file",   "file/new",   "file/",       "link",
          "link/", "link/new", "dangling", "dangling/new", "full",   "full/child", "there/./new", "there/../new",
          "//new"}) {
      for (const Op op : {Op::kMkdir, Op::kRmdir, Op::kUnlink}) {
        INFO(name, ", op ", static_cast<int>(op));
        std::array<int, 2> errors{};
        std::array<bool, 2> left{};
        for (const int turn : {0, 1}) {
          const std::string base = folder / std::to_string(turn);
          REQUIRE(::mkdir(base.c_str(), 0777) == 0);
          for (const char* made : {"/there", "/full", "/full/child"})
            REQUIRE(::mkdir((base + made).c_str(), 0777) == 0);
          write_plainly(base + "/file", pattern(10, 1));
          REQUIRE(::symlink("there", (base + "/link").c_str()) == 0);
          REQUIRE(::symlink("nowhere", (base + "/dangling").c_str()) == 0);
          const std::string path = name == "/" ? "/" : base + "/" + name;
          errors[turn] = turn == 0 ? plainly(op, path) : session.run(ask_path(op, path)).error;
          left[turn] = exists(path);
          const Outcome swept = session.run(ask_path(Op::kRm, base, 0, 0, option::kRecursive));
          REQUIRE(swept.error == 0);
        }
        CHECK(errors[1] == errors[0]);
        CHECK(left[1] == left[0]);
      }
    }
    const std::string longest(NAME_MAX, 'n');
    CHECK(session.run(ask_path(Op::kMkdir, folder / longest)).error == 0);
    CHECK(session.run(ask_path(Op::kRmdir, folder / longest)).error == 0);
    CHECK(session.run(ask_path(Op::kMkdir, folder / (longest + 'n'))).error == ENAMETOOLONG);
  });
}

TEST_CASE(
    "on tmpfs a batch of changes is made in its order, in the folders that are there by then, and none is kept open") {
  if (!has_memory_disk()) return;
  with_lanes(best(), memory_disk(), [&](Session& session, const Folder& folder) {
    const std::string inner = folder / "a";
    std::vector<Ask> asks;
    const auto ask = [&](Op op, const std::string& path) { asks.push_back(ask_path(op, path)); };
    for (int i = 0; i < 3; i++) {
      ask(Op::kMkdir, inner);
      ask(Op::kMkdir, inner + "/b");
      ask(Op::kMkdir, inner + "/c");
      ask(Op::kRmdir, inner);  // there is something in it
      ask(Op::kRmdir, inner + "/b");
      ask(Op::kRmdir, inner + "/c");
      ask(Op::kRmdir, inner);
    }
    session.run(ask_path(Op::kStat, folder.path()));
    const int before = count_descriptors();
    const auto outcomes = session.run_all(std::move(asks));
    CHECK(count_descriptors() == before);
    for (size_t i = 0; i < outcomes.size(); i++) {
      INFO(i);
      CHECK(outcomes[i].lane == Lane::kCached);
      CHECK(outcomes[i].error == (i % 7 == 3 ? ENOTEMPTY : 0));
    }
    CHECK_FALSE(exists(inner));
  });
}

TEST_CASE("a disk mounted below a tmpfs is no tmpfs: changes there are the pool's") {
  const Folder folder(disk());
  const int failures = in_own_mounts([&] {
    const std::string base = folder / "base";
    const std::string within = base + "/within";
    ::mkdir((folder / "real").c_str(), 0777);
    if (::mkdir(base.c_str(), 0777) != 0 || ::mount("none", base.c_str(), "tmpfs", 0, "size=4m") != 0) {
      return kMayNotMount;
    }
    ::mkdir(within.c_str(), 0777);
    int wrong = 0;
    Session session(best().policy);
    wrong += session.run(ask_path(Op::kMkdir, within + "/new")).lane != Lane::kCached;
    if (::mount((folder / "real").c_str(), within.c_str(), "none", MS_BIND, nullptr) != 0) return kMayNotMount;
    const Outcome made = session.run(ask_path(Op::kMkdir, within + "/new"));
    wrong += made.error != 0 || made.lane != Lane::kBlocking;
    wrong += !exists(folder / "real/new");
    // The mount point itself is busy, whoever asks.
    wrong += session.run(ask_path(Op::kRmdir, within)).error != EBUSY;
    wrong += ::umount2(within.c_str(), MNT_DETACH) != 0;
    wrong += !session.stop();
    return wrong;
  });
  if (failures == kMayNotMount) {
    MESSAGE("no right to mount here: not tried");
    return;
  }
  CHECK(failures == 0);
}
