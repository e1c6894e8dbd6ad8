// A ring, or one opcode of it, that is refused: remembered where it is for good, asked for again where it is not.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

const Lanes kRingLane = {"io_uring, ring", {true, Policy::Prefer::kRing}};
constexpr int kPastAskingAgainMs = static_cast<int>(kAskAgainNs / 1'000'000) + 100;

}  // namespace

TEST_CASE("a kernel that answers EINVAL or EOPNOTSUPP to what it says it can: learnt, and not asked again") {
  if (!has_ring() || !fault::can_spoil_sqes()) return;
  for (const int error : {EINVAL, EOPNOTSUPP}) {
    with_lanes(kRingLane, disk(), [error](Session& session, const Folder& folder) {
      write_plainly(folder / "file", pattern(3000, 1));
      const fault::Plan refused{fault::Point::kSqe, fault::Manner::kFails, error, 1, true};
      size_t wrong = 0;
      const auto read_files = [&](unsigned count) {
        for (unsigned i = 0; i < count; i++) {
          const Outcome outcome = session.run(ask_read_file(folder / "file"));
          wrong += outcome.error != 0 || outcome.bytes != pattern(3000, 1) || outcome.lane != Lane::kBlocking;
        }
      };
      // What strikes is a request of a job: the ring's own ones come when its thread gets its turn.
      fault::arm(refused);
      read_files(kRefusalsForAll);
      CHECK(fault::disarm() > 0);
      fault::arm(refused);
      read_files(20);
      CHECK(wrong == 0);
      CHECK(fault::disarm() == 0);
      // Another op has not been refused yet.
      fault::arm(refused);
      const Outcome other = session.run(ask_write_file(folder / "other", pattern(100, 2)));
      CHECK(other.error == 0);
      CHECK(fault::disarm() > 0);
    });
  }
}

TEST_CASE("the first refusal speaks for a filesystem that is known beforehand") {
  if (!has_ring() || !fault::can_spoil_sqes()) return;
  with_lanes({"io_uring", {true, Policy::Prefer::kBest}}, disk(), [](Session& session, const Folder& folder) {
    const auto cold_file = [&](const std::string& name) {
      write_plainly(folder / name, pattern(3000, 1));
      make_cold(folder / name);
      return ask_read_file(folder / name);
    };
    CHECK(session.run(cold_file("first")).lane == Lane::kRing);
    const fault::Plan refused{fault::Point::kSqe, fault::Manner::kFails, EOPNOTSUPP, 1, true};
    fault::arm(refused);
    CHECK(session.run(cold_file("second")).lane == Lane::kBlocking);
    CHECK(fault::disarm() > 0);
    fault::arm(refused);
    const Outcome third = session.run(cold_file("third"));
    CHECK(third.bytes == pattern(3000, 1));
    CHECK(third.lane == Lane::kBlocking);
    CHECK(fault::disarm() == 0);
  });
}

TEST_CASE("what the ring itself then does in another way is no refusal of the ring") {
  if (!has_ring() || !fault::can_spoil_sqes()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    for (unsigned i = 0; i < 2 * kRefusalsForAll; i++) {
      fault::arm({fault::Point::kSqe, fault::Manner::kFails, EINVAL, 1, false});
      const Outcome outcome = session.run(ask_write_file(folder / std::to_string(i), pattern(100, i)));
      fault::disarm();
      CHECK(outcome.error == 0);
      CHECK(outcome.lane == Lane::kRing);
    }
  });
}

TEST_CASE("what fails on the pool too is no refusal of the ring: EINVAL as such is not remembered") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    for (unsigned i = 0; i < 2 * kRefusalsForAll; i++) {
      Ask ask = ask_read_file(folder / "file");
      ask.flags = O_RDONLY | O_TMPFILE;  // read-only and unnamed: EINVAL (open(2))
      CHECK(session.run(ask).error != 0);
    }
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kRing);
  });
}

TEST_CASE("no descriptor for the ring's thread at first: the pool does the work, and later the ring") {
  if (!has_ring()) return;
  for (const int error : {EMFILE, ENFILE, ENOMEM}) {
    with_lanes(kRingLane, disk(), [error](Session& session, const Folder& folder) {
      write_plainly(folder / "file", pattern(3000, 1));
      fault::arm({fault::Point::kSetUp, fault::Manner::kFails, error, 1, false});
      const int64_t begun_ns = sys::now_ns();
      const Outcome first = session.run(ask_read_file(folder / "file"));
      const Outcome second = session.run(ask_read_file(folder / "file"));
      // A machine that stood still meanwhile may have let it ask again.
      const bool in_time = sys::now_ns() - begun_ns < kAskAgainNs;
      if (in_time) CHECK(first.lane == Lane::kBlocking);
      if (in_time) CHECK(second.lane == Lane::kBlocking);
      CHECK(fault::disarm() == 1);
      session.turn_for(kPastAskingAgainMs);
      const Outcome later = session.run(ask_read_file(folder / "file"));
      CHECK(later.lane == Lane::kRing);
      CHECK(later.bytes == pattern(3000, 1));
    });
  }
}

TEST_CASE("no thread to be had for the ring at first: the pool does the work, and later the ring") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    fault::arm({fault::Point::kThread, fault::Manner::kFails, EAGAIN, 1, false});
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kBlocking);
    CHECK(fault::disarm() == 1);
    session.turn_for(kPastAskingAgainMs);
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kRing);
  });
}

TEST_CASE("a ring refused for good (EPERM) is not asked for again") {
  if (!has_ring()) return;
  with_lanes(kRingLane, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    fault::arm({fault::Point::kSetUp, fault::Manner::kFails, EPERM, 1, false});
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kBlocking);
    session.turn_for(kPastAskingAgainMs);
    CHECK(session.run(ask_read_file(folder / "file")).lane == Lane::kBlocking);
    CHECK(fault::disarm() == 1);
  });
}
