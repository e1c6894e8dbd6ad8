// rm while somebody else is at work in the same tree, and rm whose calls fail: at every call there is.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;
using fault::Manner;
using fault::Point;

namespace {

constexpr int kDeep = static_cast<int>(kOpenLevels) + 2;
constexpr uint64_t kMostCalls = 400;

// A folder in a folder in a folder ..., with a file in the outermost and in the innermost.
void make_tree(const std::string& path, int depth) {
  std::string at = path;
  for (int i = 0; i < depth; i++) {
    REQUIRE(::mkdir(at.c_str(), 0777) == 0);
    if (i == 0 || i == depth - 1) write_plainly(at + "/file", Bytes());
    at += "/d";
  }
}

// Of `depth` folders the innermost.
std::string innermost(const std::string& path, int depth) {
  std::string at = path;
  for (int i = 1; i < depth; i++) at += "/d";
  return at;
}

Ask ask_rm(const std::string& path) { return ask_path(Op::kRm, path, 0, 0, option::kRecursive); }

// In memory where that is to be had: each case makes and removes hundreds of trees.
template <typename Body>
void on_pool(Body body) {
  const std::string parent = memory_disk().empty() ? disk() : memory_disk();
  with_lanes({"threads, blocking", {false, Policy::Prefer::kBlocking}}, parent, body);
}

}  // namespace

TEST_CASE("rm of a deep tree with any call of it failing: the failure is told, and nothing is left open") {
  for (const int error : {EIO, EEXIST}) {
    on_pool([error](Session& session, const Folder& folder) {
      const int before = count_descriptors();
      size_t failed = 0;
      size_t wrong = 0;
      uint64_t nth = 1;
      // Every call of the first folders, then one in five: what comes there repeats itself.
      for (; nth < kMostCalls; nth += nth < 12 ? 1 : 5) {
        const std::string tree = folder / "tree";
        make_tree(tree, kDeep);
        fault::arm({Point::kCall, Manner::kFails, error, nth, false});
        const uint32_t id = session.submit({ask_rm(tree)});
        REQUIRE(session.turn_until_finished(id));
        const bool met = fault::disarm() > 0;
        const Outcome& outcome = session.outcome(id);
        failed += outcome.error != 0;
        wrong += outcome.error != 0 ? outcome.error != error : exists(tree);
        std::filesystem::remove_all(tree);
        if (!met) break;
      }
      CHECK(nth < kMostCalls);
      CHECK(failed > 0);
      CHECK(wrong == 0);
      CHECK(back_to(before + 1, count_threads()));  // the pool's first thread may have come since
    });
  }
}

TEST_CASE("rm of what somebody else removes at the same moment ends well, or says that it is gone") {
  on_pool([](Session& session, const Folder& folder) {
    const std::string tree = folder / "tree";
    uint64_t nth = 1;
    for (; nth < kMostCalls; nth++) {
      make_tree(tree, 3);
      Outcome outcome;
      const bool met = run_met(session, ask_rm(tree), nth, &outcome, [&] { std::filesystem::remove_all(tree); });
      INFO("call ", nth);
      CHECK((outcome.error == 0 || (outcome.error == ENOENT && outcome.call == Call::kLstat)));
      CHECK_FALSE(exists(tree));
      if (!met) break;
    }
    CHECK(nth < kMostCalls);
  });
}

TEST_CASE("rm of a file that has become a folder by the time its turn comes removes that too") {
  on_pool([](Session& session, const Folder& folder) {
    const std::string tree = folder / "tree";
    uint64_t nth = 1;
    for (; nth < kMostCalls; nth++) {
      make_tree(tree, 1);
      Outcome outcome;
      const bool met = run_met(session, ask_rm(tree), nth, &outcome, [&] {
        if (::unlink((tree + "/file").c_str()) != 0) return;
        ::mkdir((tree + "/file").c_str(), 0777);
        write_plainly(tree + "/file/below", Bytes());
      });
      INFO("call ", nth);
      CHECK((outcome.error == 0 || outcome.error == ENOTEMPTY));
      CHECK(exists(tree) == (outcome.error != 0));
      std::filesystem::remove_all(tree);
      if (!met) break;
    }
    CHECK(nth < kMostCalls);
  });
}

TEST_CASE("rm of a tree whose inner folders are moved away meanwhile takes nothing else along") {
  on_pool([](Session& session, const Folder& folder) {
    const std::string tree = folder / "tree";
    uint64_t nth = 1;
    size_t stale = 0;
    for (; nth < kMostCalls; nth += 5) {
      make_tree(tree, kDeep);
      make_tree(folder / "other", 2);
      Outcome outcome;
      const bool met = run_met(session, ask_rm(tree), nth, &outcome, [&] {
        // Whoever stands in it finds another folder above.
        ::rename(innermost(tree, 3).c_str(), (folder / "other/moved").c_str());
      });
      INFO("call ", nth);
      stale += outcome.error == ESTALE;
      CHECK(exists(folder / "other/file"));
      CHECK(exists(folder / "other/d/file"));
      std::filesystem::remove_all(tree);
      std::filesystem::remove_all(folder / "other");
      if (!met) break;
    }
    CHECK(nth < kMostCalls);
    CHECK(stale > 0);
  });
}
