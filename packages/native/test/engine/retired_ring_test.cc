// A ring that stops working while it runs, and one that is full of requests that hang.
#include <doctest/doctest.h>

#include <cerrno>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

const Lanes kRingLane = {"io_uring, ring", {true, Policy::Prefer::kRing}};

std::vector<Ask> many_reads(const Folder& folder, size_t count) {
  std::vector<Ask> asks;
  for (size_t i = 0; i < count; i++) asks.push_back(ask_read_file(folder / "file"));
  return asks;
}

}  // namespace

TEST_CASE("io_uring_enter refused from some moment on: learnt once, every job goes on, on the pool") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    for (const Outcome& outcome : session.run_all(many_reads(folder, 300))) CHECK(outcome.lane == Lane::kRing);
    fault::arm({fault::Point::kEnter, fault::Manner::kFails, EPERM, 1, true});
    size_t wrong = 0;
    for (const Outcome& outcome : session.run_all(many_reads(folder, 300))) {
      wrong += outcome.error != 0 || outcome.bytes != pattern(3000, 1);
    }
    CHECK(wrong == 0);
    CHECK(session.engine().counters().ring_errno.load() == EPERM);
    const uint64_t enters = session.engine().counters().enters.load();
    for (const Outcome& outcome : session.run_all(many_reads(folder, 300))) {
      wrong += outcome.error != 0 || outcome.lane != Lane::kBlocking;
    }
    session.turn_for(50);
    CHECK(wrong == 0);
    CHECK(session.engine().counters().enters.load() == enters);
    fault::disarm();
  });
}

TEST_CASE("cancels repeated while the kernel refuses to be entered leave room for what comes next") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    constexpr size_t kHung = 200;
    write_plainly(folder / "file", pattern(3000, 1));
    fault::arm({fault::Point::kSqe, fault::Manner::kHangs, 0, 1, true});
    const uint32_t first = session.submit(many_reads(folder, kHung));
    // Until all of them hang: none of these ends, so the number of requests tells.
    const auto& sqes = session.engine().counters().sqes;
    CHECK(session.turn_until([&] {
      const uint64_t before = sqes.load();
      session.turn_for(100);
      return fault::struck_yet() >= kHung && sqes.load() == before;
    }));
    fault::disarm();
    // Well below the time after which the ring would be given up.
    fault::arm({fault::Point::kEnter, fault::Manner::kFails, EAGAIN, 1, true});
    for (uint32_t i = 0; i < kHung; i++) session.engine().cancel(first + i);
    session.turn_for(300);
    const uint32_t next = session.submit(many_reads(folder, 50));
    session.turn_for(100);
    CHECK(session.turn_until([] { return fault::struck_yet() > 0; }));
    fault::disarm();
    CHECK(session.turn_until_idle());
    size_t wrong = 0;
    for (uint32_t i = 0; i < kHung; i++) {
      const Outcome& outcome = session.outcome(first + i);
      wrong += outcome.finished != 1 || outcome.error == 0;
    }
    for (uint32_t i = 0; i < 50; i++) wrong += session.outcome(next + i).bytes != pattern(3000, 1);
    CHECK(wrong == 0);
  });
}

TEST_CASE("every slot full of hung requests, and more waiting: the ring thread sleeps, and a cancel still wakes it") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    for (const size_t count : {size_t{kManyInFlight + 10}, size_t{kRingSlots + 50}}) {
      fault::arm({fault::Point::kSqe, fault::Manner::kHangs, 0, 1, true});
      const uint32_t first = session.submit(many_reads(folder, count));
      const auto& enters = session.engine().counters().enters;
      CHECK(session.turn_until([&] {
        const uint64_t before = enters.load();
        session.turn_for(300);
        return before > 0 && enters.load() - before <= 3;
      }));
      fault::disarm();
      for (uint32_t i = 0; i < count; i++) session.engine().cancel(first + i);
      CHECK(session.turn_until_idle());
      size_t wrong = 0;
      for (uint32_t i = 0; i < count; i++) {
        const Outcome& outcome = session.outcome(first + i);
        wrong += outcome.finished != 1 || (outcome.error != ECANCELED && outcome.error != 0);
      }
      CHECK(wrong == 0);
    }
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(3000, 1)));
  });
}
