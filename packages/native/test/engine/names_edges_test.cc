// Ops on names and whole files at moments that ordinary work seldom meets: sources that shrink, folders that take long,
// leases, current folders of short names.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;
using fault::Manner;
using fault::Point;

TEST_CASE("copyFile of a file that is cut at any moment of it: the copy is the beginning of what was there") {
  with_lanes(kThreads, disk(), [](Session& session, const Folder& folder) {
    const Bytes content = pattern(100'000, 1);
    uint64_t nth = 1;
    size_t cut_short = 0;
    for (; nth < 50; nth++) {
      write_plainly(folder / "from", content);
      ::unlink((folder / "to").c_str());
      Outcome outcome;
      const bool met = run_met(session, ask_paths(Op::kCopyFile, folder / "from", folder / "to"), nth, &outcome,
                               [&] { CHECK(::truncate((folder / "from").c_str(), 10) == 0); });
      CHECK(outcome.error == 0);
      const Bytes copy = read_plainly(folder / "to");
      CHECK((copy.size() == content.size() || copy.size() == 10));
      CHECK(std::equal(copy.begin(), copy.end(), content.begin()));
      cut_short += copy.size() == 10;
      if (!met) break;
    }
    CHECK(nth < 50);
    CHECK(cut_short > 0);
  });
}

TEST_CASE("mkdtemp that finds every name taken is called off by a cancel, long before it would give up") {
  with_lanes(kThreads, disk(), [](Session& session, const Folder& folder) {
    fault::arm({Point::kCall, Manner::kFails, EEXIST, 1, true});
    const uint32_t id = session.submit({ask_path(Op::kMkdtemp, folder / "tmp-XXXXXX")});  // mkdtemp(3)'s six
    ::usleep(2000);
    session.engine().cancel(id);
    REQUIRE(session.turn_until_finished(id));
    // A machine that stood still meanwhile may have let it come to its own end.
    constexpr uint64_t kAllTries = 2 * 62 * 62 * 62;
    const bool in_time = fault::disarm() < kAllTries;
    CHECK(session.outcome(id).error == (in_time ? ECANCELED : EEXIST));
  });
}

TEST_CASE("readFolder of a folder that takes long lets others go first, and loses no name") {
  with_lanes(kThreads, memory_disk().empty() ? disk() : memory_disk(), [](Session& session, const Folder& folder) {
    constexpr size_t kNames = 1500;
    REQUIRE(::mkdir((folder / "many").c_str(), 0777) == 0);
    for (size_t i = 0; i < kNames; i++) write_plainly(folder / ("many/name-of-a-file-" + std::to_string(i)), Bytes());
    Ask ask;
    ask.op = Op::kReadFolder;
    ask.options = option::kOnHandle | option::kFolder;
    ask.folder = std::make_shared<Directory>(::open((folder / "many").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ask.length = 10 * kNames;
    fault::arm({Point::kCall, Manner::kDelayed, 0, 1, true});
    const Outcome outcome = session.run(std::move(ask));
    CHECK(fault::disarm() > 2);
    CHECK(outcome.error == 0);
    CHECK(outcome.names.size() == kNames);
    auto names = outcome.names;
    std::sort(names.begin(), names.end());
    CHECK((std::unique(names.begin(), names.end()) == names.end()));
  });
}

TEST_CASE("readdir of a tree by a path that ends in a slash, and of text alone, is the same tree") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "a").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "a/\xc3\xa4").c_str(), 0777) == 0);
    write_plainly(folder / "a/\xc3\xa4/file", Bytes());
    const std::vector<std::string> expected = {"a", "a/\xc3\xa4", "a/\xc3\xa4/file"};
    for (const std::string& path : {folder.path(), folder.path() + "/"}) {
      for (const int flags : {0, readdir::kTextOnly}) {
        const Outcome outcome = session.run(ask_path(Op::kReaddir, path, flags, 0, option::kRecursive));
        CHECK(outcome.error == 0);
        CHECK((outcome.names == expected));
      }
    }
  });
}

TEST_CASE("a file under a lease: whoever has to wait for it holds no thread, and goes on when it is given up") {
  // The kernel tells the holder by a signal that would end the program.
  const auto old = ::signal(SIGIO, SIG_IGN);
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(1000, 1));
    const auto with_lease = [&](Ask ask) {
      const int holder = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
      if (::fcntl(holder, F_SETLEASE, F_RDLCK) != 0) {
        ::close(holder);
        MESSAGE("no lease here: not tried");
        return;
      }
      // More than there are pool threads.
      const uint32_t first = session.submit(std::vector<Ask>(6, ask));
      session.turn_for(10);
      for (uint32_t i = 0; i < 6; i++) CHECK_FALSE(session.is_finished(first + i));
      CHECK(session.run(ask_path(Op::kUnlink, folder / "missing")).error == ENOENT);
      CHECK(::fcntl(holder, F_SETLEASE, F_UNLCK) == 0);
      ::close(holder);
      REQUIRE(session.turn_until_idle());
      for (uint32_t i = 0; i < 6; i++) {
        CHECK(session.outcome(first + i).error == 0);
        if (ask.op == Op::kOpen) ::close(static_cast<int>(session.outcome(first + i).value));
      }
    };
    Ask cut = ask_path(Op::kTruncate, folder / "file");
    cut.length = 500;
    with_lease(cut);
    CHECK(read_plainly(folder / "file").size() == 500);
    with_lease(ask_open(folder / "file", O_RDWR));
    with_lease(ask_write_file(folder / "file", pattern(200, 2)));
    CHECK((read_plainly(folder / "file") == pattern(200, 2)));
    write_plainly(folder / "other", pattern(300, 3));
    with_lease(ask_paths(Op::kCopyFile, folder / "other", folder / "file"));
    CHECK((read_plainly(folder / "file") == pattern(300, 3)));
  });
  ::signal(SIGIO, old);
}

TEST_CASE("realpath of relative paths from folders of short names, from a moved one, and with no name to be had") {
  for (const Lanes& lanes : {all_lanes().front(), kThreads}) {
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      // Enough that some wait beyond their batch, and hold their folder.
      constexpr uint32_t kJobs = kMaxAway + 50;
      for (const std::string here : {"/", "/proc"}) {
        const Inside inside(here);
        for (const std::string name : {"././/.", ".", "./sys", "sys/../sys"}) {
          INFO(here, " ", name);
          const uint32_t first = session.submit(std::vector<Ask>(kJobs, ask_path(Op::kRealpath, name)));
          REQUIRE(session.turn_until_idle());
          const std::string end = name.find("sys") == std::string::npos ? "" : "sys";
          const std::string expected = end.empty() ? here : here + (here == "/" ? "" : "/") + end;
          size_t wrong = 0;
          for (uint32_t i = 0; i < kJobs; i++) wrong += session.outcome(first + i).text != expected;
          CHECK(wrong == 0);
        }
      }
      CHECK(session.run(ask_path(Op::kRealpath, "/../proc/../proc/sys")).text == "/proc/sys");
      // No name of the folder: the folder of this moment has to do.
      write_plainly(folder / "file", pattern(1, 1));
      const std::string expected = session.run(ask_path(Op::kRealpath, folder / "file")).text;
      const Inside inside(folder.path());
      for (uint64_t nth = 1; nth <= 6; nth++) {
        fault::arm({Point::kCall, Manner::kFails, ENOENT, nth, false});
        const uint32_t id = session.submit({ask_path(Op::kRealpath, "file")});
        REQUIRE(session.turn_until_finished(id));
        const bool met = fault::disarm() > 0;
        const Outcome& outcome = session.outcome(id);
        CHECK((outcome.error == 0 ? outcome.text == expected : outcome.error == ENOENT));
        if (!met) break;
      }
    });
  }
}
