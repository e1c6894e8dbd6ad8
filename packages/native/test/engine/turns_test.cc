// One thread at a time makes and removes folders in a folder.
#include "engine/turns.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr int kLateMs = 3;  // Manner::kDelayed

size_t folder_of(Op op, const std::string& path, uint32_t options = 0) {
  Job job;
  job.op = op;
  job.path = path;
  job.options = options;
  return Turns::folder_of(job);
}

std::vector<Ask> folders_in(const std::string& folder, size_t count, Op op = Op::kMkdir) {
  std::vector<Ask> asks;
  for (size_t i = 0; i < count; i++) asks.push_back(ask_path(op, folder + "/d" + std::to_string(i)));
  return asks;
}

void every_call_is_late() { fault::arm({fault::Point::kCall, fault::Manner::kDelayed, 0, 1, true}); }

}  // namespace

TEST_CASE("turns: the folder is the one that the name stands in, and only of what changes nothing else") {
  const size_t folder = folder_of(Op::kMkdir, "/a/b/c");
  CHECK(folder != Turns::kNoFolder);
  CHECK(folder_of(Op::kRmdir, "/a/b/d//") == folder);
  CHECK(folder_of(Op::kMkdir, "/a/c/c") != folder);
  CHECK(folder_of(Op::kMkdir, "c") != Turns::kNoFolder);
  CHECK(folder_of(Op::kMkdir, "c") != folder_of(Op::kMkdir, "b/c"));
  CHECK(folder_of(Op::kMkdir, "") != Turns::kNoFolder);
  CHECK(folder_of(Op::kMkdir, "/a/b/c", option::kRecursive) == Turns::kNoFolder);
  CHECK(folder_of(Op::kUnlink, "/a/b/c") == Turns::kNoFolder);
}

TEST_CASE("turns: whoever waits gets its turn in the order of arrival, and the last one leaves nothing behind") {
  Turns turns;
  std::vector<Job> jobs(3);
  for (Job& job : jobs) {
    job.op = Op::kMkdir;
    job.path = "/a/b";
  }
  const size_t folder = Turns::folder_of(jobs[0]);
  CHECK_FALSE(turns.is_taken(folder));
  turns.take(folder);
  CHECK(turns.is_taken(folder));
  CHECK_FALSE(turns.is_taken(Turns::kNoFolder));
  for (uint64_t i = 0; i < jobs.size(); i++) turns.wait({i, &jobs[i], folder});
  CHECK(turns.remove(&jobs[1]));
  CHECK_FALSE(turns.remove(&jobs[1]));
  CHECK(turns.pass(folder)->job == jobs.data());
  CHECK(turns.is_taken(folder));
  CHECK(turns.pass(folder)->job == &jobs[2]);
  CHECK_FALSE(turns.pass(folder).has_value());
  CHECK_FALSE(turns.is_taken(folder));
  CHECK_FALSE(turns.pass(folder).has_value());
}

TEST_CASE("turns: folders of one folder are made and removed one after the other") {
  on_both_backends_and_disk([](Session& session, const Folder& folder) {
    // On the pool, wherever this is: a tmpfs is changed by the loop thread.
    constexpr size_t kFolders = 16;
    const uint64_t before = session.engine().counters().blocking_ops.load();
    for (const Op op : {Op::kMkdir, Op::kRmdir}) {
      const auto asks = folders_in(folder.path(), kFolders, op);
      every_call_is_late();
      const int64_t begun = milliseconds();
      for (const Outcome& outcome : session.run_all(asks)) CHECK(outcome.error == 0);
      const int64_t took = milliseconds() - begun;
      fault::disarm();
      if (session.engine().counters().blocking_ops.load() == before) return;
      CHECK(took >= static_cast<int64_t>(kFolders - 1) * kLateMs);
    }
  });
}

TEST_CASE("turns: those of many folders, and of what needs no turn, all come to their end") {
  on_both_backends_and_disk([](Session& session, const Folder& folder) {
    std::vector<Ask> parents;
    for (int i = 0; i < 5; i++) parents.push_back(ask_path(Op::kMkdir, folder / std::to_string(i)));
    for (const Outcome& outcome : session.run_all(std::move(parents))) CHECK(outcome.error == 0);
    for (const Op op : {Op::kMkdir, Op::kRmdir}) {
      std::vector<Ask> asks;
      for (size_t i = 0; i < 600; i++) {
        asks.push_back(ask_path(op, folder / (std::to_string(i % 5) + "/d" + std::to_string(i))));
        if (i % 3 == 0) asks.push_back(ask_path(Op::kChmod, folder.path(), 0, 0700));
      }
      for (const Outcome& outcome : session.run_all(std::move(asks))) CHECK(outcome.error == 0);
    }
  });
}

TEST_CASE("turns: whoever waits for one can be called off, and the others go on") {
  with_lanes(kThreads, disk(), [](Session& session, const Folder& folder) {
    constexpr uint32_t kFolders = 40;
    every_call_is_late();
    const int64_t begun = milliseconds();
    const uint32_t first = session.submit(folders_in(folder.path(), kFolders));
    for (uint32_t i = 0; i < kFolders; i += 2) session.engine().cancel(first + i);
    const bool at_once = milliseconds() - begun < kLateMs;
    REQUIRE(session.turn_until_idle());
    CHECK(fault::disarm() > 0);
    size_t made = 0;
    for (uint32_t i = 0; i < kFolders; i++) {
      const Outcome& outcome = session.outcome(first + i);
      CHECK(outcome.finished == 1);
      CHECK((outcome.error == 0 || (i % 2 == 0 && outcome.error == ECANCELED)));
      CHECK(exists(folder / ("d" + std::to_string(i))) == (outcome.error == 0));
      made += outcome.error == 0;
    }
    CHECK(made >= kFolders / 2);
    if (at_once) CHECK(made <= kFolders / 2 + 1);  // the first one had begun
    CHECK(session.run(ask_path(Op::kMkdir, folder / "last")).error == 0);
  });
}

TEST_CASE("turns: a stop while some wait for theirs leaves nothing") {
  with_lanes(kThreads, disk(), [](Session& session, const Folder& folder) {
    every_call_is_late();
    (void)session.submit(folders_in(folder.path(), 300));
    session.turn_for(5);
    CHECK(session.stop());
    fault::disarm();
  });
}
