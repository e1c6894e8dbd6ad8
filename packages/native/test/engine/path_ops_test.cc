#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

TEST_CASE("stat and lstat: what the kernel says, links followed or not") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(77, 1));
    REQUIRE(::symlink("file", (folder / "link").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (folder / "dangling").c_str()) == 0);
    for (int round = 0; round < 2; round++) {
      for (const std::string name : {"file", "link", "dangling", "missing", "file/below"}) {
        for (const uint32_t options : {0u, option::kNoFollow}) {
          INFO(name, ", options ", options);
          struct statx expected {};
          const int r = ::statx(AT_FDCWD, (folder / name).c_str(), options != 0 ? AT_SYMLINK_NOFOLLOW : 0,
                                STATX_BASIC_STATS | STATX_BTIME, &expected);
          const int expected_error = r == 0 ? 0 : errno;
          const Outcome outcome = session.run(ask_path(Op::kStat, folder / name, 0, 0, options));
          CHECK(outcome.error == expected_error);
          if (r != 0) {
            CHECK(outcome.call == (options != 0 ? Call::kLstat : Call::kStat));
            continue;
          }
          CHECK(outcome.stx.stx_ino == expected.stx_ino);
          CHECK(outcome.stx.stx_size == expected.stx_size);
          CHECK(outcome.stx.stx_mode == expected.stx_mode);
          CHECK(outcome.stx.stx_dev_minor == expected.stx_dev_minor);
          CHECK(outcome.stx.stx_mtime.tv_nsec == expected.stx_mtime.tv_nsec);
          CHECK(outcome.stx.stx_btime.tv_sec == expected.stx_btime.tv_sec);
        }
      }
    }
  });
}

TEST_CASE("access: yes or no, by the real user") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    for (int round = 0; round < 2; round++) {
      for (const std::string name : {"file", "missing", "file/below", ""}) {
        for (const int mode : {F_OK, R_OK, W_OK, X_OK, R_OK | W_OK}) {
          INFO(name, ", mode ", mode);
          const std::string path = name.empty() ? "" : folder / name;
          const int expected = ::access(path.c_str(), mode) == 0 ? 0 : errno;
          const Outcome outcome = session.run(ask_path(Op::kAccess, path, mode));
          CHECK(outcome.error == expected);
          if (expected != 0) CHECK(outcome.call == Call::kAccess);
        }
      }
    }
  });
}

TEST_CASE("unlink: the name is gone, and failures name their call") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    CHECK(session.run(ask_path(Op::kUnlink, folder / "file")).error == 0);
    CHECK_FALSE(exists(folder / "file"));
    const Outcome again = session.run(ask_path(Op::kUnlink, folder / "file"));
    CHECK(again.error == ENOENT);
    CHECK(again.call == Call::kUnlink);
    CHECK(session.run(ask_path(Op::kUnlink, folder.path())).error == EISDIR);
  });
}

TEST_CASE("mkdir: one folder, its mode less the umask") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const mode_t before = ::umask(027);
    const Outcome made = session.run(ask_path(Op::kMkdir, folder / "a", 0, 0777));
    ::umask(before);
    CHECK(made.error == 0);
    struct stat st {};
    REQUIRE(::stat((folder / "a").c_str(), &st) == 0);
    CHECK((st.st_mode & 0777) == 0750);
    const Outcome again = session.run(ask_path(Op::kMkdir, folder / "a"));
    CHECK(again.error == EEXIST);
    CHECK(again.call == Call::kMkdir);
    CHECK(session.run(ask_path(Op::kMkdir, folder / "b/c")).error == ENOENT);
  });
}

TEST_CASE("mkdir, recursive: all that is missing, and the value names the first folder made") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const auto make = [&](const std::string& path) {
      return session.run(ask_path(Op::kMkdir, path, 0, 0777, option::kRecursive));
    };
    const Outcome deep = make(folder / "a/b/c");
    CHECK(deep.error == 0);
    CHECK(deep.value == static_cast<int64_t>((folder / "a").size()));
    CHECK(exists(folder / "a/b/c"));
    const Outcome nothing = make(folder / "a/b/c");
    CHECK(nothing.error == 0);
    CHECK(nothing.value == 0);
    const Outcome last = make(folder / "a/b/d");
    CHECK(last.value == static_cast<int64_t>((folder / "a/b/d").size()));
    write_plainly(folder / "file", pattern(1, 1));
    const Outcome through = make(folder / "file/x/y");
    CHECK(through.error == ENOTDIR);
    CHECK(through.call == Call::kMkdir);
    CHECK(make(folder / "file").error == EEXIST);
    // Two at once for one place: both succeed, whoever was first.
    const auto both = session.run_all({ask_path(Op::kMkdir, folder / "p/q/r", 0, 0777, option::kRecursive),
                                       ask_path(Op::kMkdir, folder / "p/q/r", 0, 0777, option::kRecursive)});
    CHECK(both[0].error == 0);
    CHECK(both[1].error == 0);
  });
}

TEST_CASE("rename: the file is there under its new name only") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "from", pattern(9, 1));
    write_plainly(folder / "to", pattern(5, 2));
    CHECK(session.run(ask_rename(folder / "from", folder / "to")).error == 0);
    CHECK_FALSE(exists(folder / "from"));
    CHECK((read_plainly(folder / "to") == pattern(9, 1)));
    const Outcome missing = session.run(ask_rename(folder / "from", folder / "to"));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kRename);
    REQUIRE(::mkdir((folder / "dir").c_str(), 0777) == 0);
    CHECK(session.run(ask_rename(folder / "dir", folder / "dir/below")).error == EINVAL);
  });
}

TEST_CASE("a relative path means the folder that was current when it was accepted") {
  // The process's current folder is changed and put back: nothing else runs meanwhile.
  const int home = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(home >= 0);
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "here").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "there").c_str(), 0777) == 0);
    write_plainly(folder / "here/file", pattern(100, 1));
    write_plainly(folder / "there/file", pattern(200, 2));
    constexpr uint32_t kJobs = 1200;
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kJobs; i++) {
      if (i % 4 == 0) asks.push_back(ask_read_file("file"));
      if (i % 4 == 1) asks.push_back(ask_path(Op::kStat, "file"));
      if (i % 4 == 2) asks.push_back(ask_write_file("w" + std::to_string(i), pattern(10, i)));
      if (i % 4 == 3) asks.push_back(ask_path(Op::kMkdir, "d" + std::to_string(i)));
    }
    REQUIRE(::chdir((folder / "here").c_str()) == 0);
    const uint32_t first = session.submit(std::move(asks));
    REQUIRE(::chdir((folder / "there").c_str()) == 0);
    REQUIRE(session.turn_until_idle());
    size_t wrong = 0;
    for (uint32_t i = 0; i < kJobs; i++) {
      const Outcome& outcome = session.outcome(first + i);
      wrong += outcome.error != 0;
      if (i % 4 == 0) wrong += outcome.bytes != pattern(100, 1);
      if (i % 4 == 1) wrong += outcome.stx.stx_size != 100;
      if (i % 4 == 2) wrong += !exists(folder / ("here/w" + std::to_string(i)));
      if (i % 4 == 3) wrong += !exists(folder / ("here/d" + std::to_string(i)));
    }
    CHECK(wrong == 0);
    // And the other way round: a rename of which one half is relative.
    const uint32_t moved =
        session.submit({ask_rename("file", folder / "here/moved"), ask_rename(folder / "here/w2", "w")});
    REQUIRE(::chdir((folder / "here").c_str()) == 0);
    REQUIRE(session.turn_until_idle());
    CHECK(session.outcome(moved).error == 0);
    CHECK((read_plainly(folder / "here/moved") == pattern(200, 2)));
    CHECK(exists(folder / "there/w"));
  });
  CHECK(::fchdir(home) == 0);
  ::close(home);
}
