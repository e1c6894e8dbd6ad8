// Cached reads that exceed the time of one iteration are shared with a thread of the pool.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr size_t kFiles = 50;
constexpr size_t kReads = 4'000;  // far more than fit into one iteration's time

// What serves where nothing is asked for.
const Lanes kBestRing{"io_uring, best", {true, Policy::Prefer::kBest}};
const Lanes kBestThreads{"threads, best", {false, Policy::Prefer::kBest}};

std::string name_of(const Folder& folder, size_t i) { return folder / std::to_string(i % kFiles); }

void make_files(const Folder& folder) {
  for (size_t i = 0; i < kFiles; i++) write_plainly(name_of(folder, i), pattern(4096 + i, static_cast<uint32_t>(i)));
}

std::vector<Ask> reads(const Folder& folder, size_t count) {
  std::vector<Ask> asks;
  for (size_t i = 0; i < count; i++) asks.push_back(ask_read_file(name_of(folder, i)));
  return asks;
}

void check(const Outcome& outcome, size_t i) {
  CHECK(outcome.error == 0);
  CHECK(outcome.bytes == pattern(4096 + i % kFiles, static_cast<uint32_t>(i % kFiles)));
}

}  // namespace

TEST_CASE("sharing: of thousands of cached reads in one batch both threads make some, and every byte is right") {
  for (const Lanes& lanes : {kBestRing, kBestThreads}) {
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      make_files(folder);
      // However slow the machine: by now attempts have hit.
      for (int i = 0; i < 20; i++) (void)session.run_all(reads(folder, 4));
      const auto outcomes = session.run_all(reads(folder, kReads));
      for (size_t i = 0; i < kReads; i++) check(outcomes[i], i);
      const Counters& counters = session.engine().counters();
      CHECK(counters.cached_hits.load() > 0);
      CHECK(counters.blocking_ops.load() > 0);
      CHECK(counters.cached_hits.load() + counters.blocking_ops.load() + counters.ring_ops.load() == kReads + 80);
    });
  }
}

TEST_CASE("sharing: before attempts have hit nothing is shared on a guess") {
  if (!has_ring()) return;
  with_lanes(kBestRing, disk(), [](Session& session, const Folder& folder) {
    make_files(folder);
    for (size_t i = 0; i < kFiles; i++) make_cold(name_of(folder, i));
    // The time of this iteration is over when the reads come: not one of them is tried.
    (void)session.submit({ask_path(Op::kAccess, folder.path())});
    const int64_t over_ns = sys::now_ns() + 2 * kLoopBudgetNs;
    while (sys::now_ns() < over_ns) continue;
    const auto outcomes = session.run_all(reads(folder, kFiles));
    for (size_t i = 0; i < kFiles; i++) check(outcomes[i], i);
    CHECK(session.engine().counters().blocking_ops.load() == 0);
  });
}

TEST_CASE("sharing: one among them that waits for another process holds nobody up, and can be called off") {
  for (const Lanes& lanes : {kBestRing, kBestThreads}) {
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      make_files(folder);
      const std::string fifo = folder / "fifo";
      REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
      std::vector<Ask> asks = reads(folder, kReads);
      std::vector<size_t> waiting;
      for (size_t i = 500; i < kReads; i += 500) {
        asks[i] = ask_read_file(fifo);
        waiting.push_back(i);
      }
      const uint32_t first = session.submit(std::move(asks));
      CHECK(session.turn_until([&] { return session.engine().in_flight() == waiting.size(); }));
      for (const size_t i : waiting) {
        CHECK_FALSE(session.is_finished(first + static_cast<uint32_t>(i)));
        session.engine().cancel(first + static_cast<uint32_t>(i));
      }
      REQUIRE(session.turn_until_idle());
      size_t next = 0;
      for (size_t i = 0; i < kReads; i++) {
        Outcome& outcome = session.outcome(first + static_cast<uint32_t>(i));
        if (next < waiting.size() && waiting[next] == i) {
          next += 1;
          CHECK(outcome.error == ECANCELED);
        } else {
          check(outcome, i);
        }
      }
    });
  }
}

TEST_CASE("sharing: a stop amid it ends soon and leaves nothing") {
  for (const Lanes& lanes : {kBestRing, kBestThreads}) {
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      make_files(folder);
      (void)session.submit(reads(folder, kReads));
      session.turn(0);
      CHECK(session.stop());
    });
  }
}
