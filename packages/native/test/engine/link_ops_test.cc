// link, symlink, readlink, realpath, rmdir and mkdtemp.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>

#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

std::string said_by(const std::string& path) {
  char text[PATH_MAX];
  const ssize_t n = ::readlink(path.c_str(), text, sizeof(text));
  return n < 0 ? "" : std::string(text, static_cast<size_t>(n));
}

// A current folder for a while; nothing else runs meanwhile.
class Inside {
 public:
  explicit Inside(const std::string& path) : home_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    REQUIRE(home_ >= 0);
    REQUIRE(::chdir(path.c_str()) == 0);
  }
  ~Inside() {
    CHECK(::fchdir(home_) == 0);
    ::close(home_);
  }

 private:
  int home_;
};

}  // namespace

TEST_CASE("link: a second name for a file, and for a symbolic link itself") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    REQUIRE(::symlink("nowhere", (folder / "dangling").c_str()) == 0);
    CHECK(session.run(ask_paths(Op::kLink, folder / "file", folder / "again")).error == 0);
    CHECK((read_plainly(folder / "again") == pattern(7, 1)));
    CHECK(session.run(ask_paths(Op::kLink, folder / "dangling", folder / "also")).error == 0);
    CHECK(said_by(folder / "also") == "nowhere");
    const Outcome there = session.run(ask_paths(Op::kLink, folder / "file", folder / "again"));
    CHECK(there.error == EEXIST);
    CHECK(there.call == Call::kLink);
    CHECK(session.run(ask_paths(Op::kLink, folder / "missing", folder / "x")).error == ENOENT);
    CHECK(session.run(ask_paths(Op::kLink, folder.path(), folder / "x")).error == EPERM);
  });
}

TEST_CASE("symlink says what it was told; readlink tells it, byte for byte") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    // Short ones are kept in the inode, long ones in a block.
    const std::vector<std::string> targets = {"file",
                                              "/absolute/path",
                                              "../up",
                                              std::string(59, 's'),
                                              std::string(60, 't'),
                                              std::string(61, 'u'),
                                              std::string(300, 'v'),
                                              std::string(PATH_MAX - 1, 'w'),
                                              "not utf-8 \xff\xfe"};
    int count = 0;
    for (const std::string& target : targets) {
      const std::string name = folder / std::to_string(count++);
      CHECK(session.run(ask_paths(Op::kSymlink, target, name)).error == 0);
      CHECK(said_by(name) == target);
      for (int round = 0; round < 2; round++) {
        const Outcome outcome = session.run(ask_path(Op::kReadlink, name));
        CHECK(outcome.error == 0);
        CHECK(outcome.text == target);
      }
    }
    const Outcome there = session.run(ask_paths(Op::kSymlink, "x", folder / "0"));
    CHECK(there.error == EEXIST);
    CHECK(there.call == Call::kSymlink);
    CHECK(session.run(ask_paths(Op::kSymlink, "", folder / "empty")).error == ENOENT);
    write_plainly(folder / "file", pattern(7, 1));
    for (const auto& [name, error] : std::vector<std::pair<std::string, int>>{
             {"file", EINVAL}, {"missing", ENOENT}, {"file/below", ENOTDIR}, {"", EINVAL}}) {
      const Outcome outcome = session.run(ask_path(Op::kReadlink, name.empty() ? folder.path() : folder / name));
      CHECK(outcome.error == error);
      CHECK(outcome.call == Call::kReadlink);
      CHECK(outcome.text.empty());
    }
  });
}

TEST_CASE("realpath is realpath(3), whatever lane it takes") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "a").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "a/b").c_str(), 0777) == 0);
    write_plainly(folder / "a/b/file", pattern(7, 1));
    REQUIRE(::symlink("a/b", (folder / "short").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (folder / "dangling").c_str()) == 0);
    REQUIRE(::symlink("loop", (folder / "loop").c_str()) == 0);
    const Inside inside(folder / "a");
    for (const std::string name : {"/a/b/file", "/a/b", "/a/b/", "/a//b/./file", "/a/b/..", "/a/b/../../short/file",
                                   "/short", "/short/../b/file", "/dangling", "/loop", "/missing", "/a/b/file/",
                                   "/a/b/file/.", "/a/b/file/..", "/missing/.."}) {
      INFO(name);
      for (int round = 0; round < 3; round++) {
        const std::string path = folder.path() + name;
        char* expected = ::realpath(path.c_str(), nullptr);
        const int error = expected == nullptr ? errno : 0;
        const Outcome outcome = session.run(ask_path(Op::kRealpath, path));
        CHECK(outcome.error == error);
        CHECK(outcome.text == (expected == nullptr ? "" : expected));
        if (error != 0) CHECK(outcome.call == Call::kRealpath);
        std::free(expected);
      }
    }
    for (const std::string name :
         {".", "..", "b", "b/file", "./b/.", "../short/file", "missing", "", "../../../../../../.."}) {
      INFO("relative: ", name);
      for (int round = 0; round < 2; round++) {
        char* expected = ::realpath(name.c_str(), nullptr);
        const int error = expected == nullptr ? errno : 0;
        const Outcome outcome = session.run(ask_path(Op::kRealpath, name));
        CHECK(outcome.error == error);
        CHECK(outcome.text == (expected == nullptr ? "" : expected));
        std::free(expected);
      }
    }
  });
}

TEST_CASE("rmdir removes an empty folder and nothing else") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "full").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "full/empty").c_str(), 0777) == 0);
    write_plainly(folder / "file", pattern(7, 1));
    const Outcome full = session.run(ask_path(Op::kRmdir, folder / "full"));
    CHECK(full.error == ENOTEMPTY);
    CHECK(full.call == Call::kRmdir);
    CHECK(session.run(ask_path(Op::kRmdir, folder / "full/empty")).error == 0);
    CHECK(session.run(ask_path(Op::kRmdir, folder / "full")).error == 0);
    CHECK_FALSE(exists(folder / "full"));
    CHECK(session.run(ask_path(Op::kRmdir, folder / "full")).error == ENOENT);
    CHECK(session.run(ask_path(Op::kRmdir, folder / "file")).error == ENOTDIR);
  });
}

TEST_CASE("mkdtemp: new folders, for their owner alone, each with a name of its own") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const mode_t before = ::umask(0);
    std::vector<Ask> asks(100, ask_path(Op::kMkdtemp, folder / "temp-XXXXXX"));
    const auto outcomes = session.run_all(std::move(asks));
    ::umask(before);
    std::set<std::string> names;
    for (const Outcome& outcome : outcomes) {
      CHECK(outcome.error == 0);
      CHECK(outcome.text.substr(0, outcome.text.size() - 6) == folder / "temp-");
      struct stat st {};
      CHECK(::stat(outcome.text.c_str(), &st) == 0);
      CHECK((st.st_mode & 07777) == 0700);
      names.insert(outcome.text);
    }
    CHECK(names.size() == 100);
    const Outcome missing = session.run(ask_path(Op::kMkdtemp, folder / "no/XXXXXX"));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kMkdtemp);
    CHECK(missing.text.substr(0, missing.text.size() - 6) == folder / "no/");
    CHECK(session.run(ask_path(Op::kMkdtemp, "X")).error == EINVAL);
  });
}

TEST_CASE("relative paths of these ops mean the folder that was current when they were accepted") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "here").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "there").c_str(), 0777) == 0);
    write_plainly(folder / "here/file", pattern(100, 1));
    write_plainly(folder / "there/file", pattern(200, 2));
    REQUIRE(::symlink("of here", (folder / "here/said").c_str()) == 0);
    REQUIRE(::symlink("of there", (folder / "there/said").c_str()) == 0);
    REQUIRE(::mkdir((folder / "here/gone").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "there/gone").c_str(), 0777) == 0);
    const Inside inside(folder / "here");
    uint32_t first = 0;
    {
      first = session.submit({ask_paths(Op::kLink, "file", "linked"), ask_paths(Op::kSymlink, "file", "symlinked"),
                              ask_path(Op::kReadlink, "said"), ask_path(Op::kRealpath, "file"),
                              ask_path(Op::kRmdir, "gone"), ask_path(Op::kMkdtemp, "tempXXXXXX"),
                              ask_paths(Op::kCopyFile, "file", "copied"), ask_path(Op::kChmod, "file", 0, 0751),
                              ask_path(Op::kStatfs, "file"), ask_path(Op::kTruncate, "said-not")});
      REQUIRE(::chdir((folder / "there").c_str()) == 0);
      REQUIRE(session.turn_until_idle());
    }
    for (uint32_t i = 0; i < 9; i++) {
      INFO("ask ", i);
      CHECK(session.outcome(first + i).error == 0);
    }
    CHECK(session.outcome(first + 9).error == ENOENT);
    CHECK((read_plainly(folder / "here/linked") == pattern(100, 1)));
    CHECK(said_by(folder / "here/symlinked") == "file");
    CHECK(session.outcome(first + 2).text == "of here");
    char* real = ::realpath((folder / "here/file").c_str(), nullptr);
    CHECK(session.outcome(first + 3).text == real);
    std::free(real);
    CHECK_FALSE(exists(folder / "here/gone"));
    CHECK(exists(folder / "there/gone"));
    CHECK(exists(folder / "here/" + session.outcome(first + 5).text));
    CHECK((read_plainly(folder / "here/copied") == pattern(100, 1)));
    struct stat st {};
    CHECK(::stat((folder / "here/file").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0751);
  });
}
