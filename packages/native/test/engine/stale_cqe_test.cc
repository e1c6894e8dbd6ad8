#include <doctest/doctest.h>
#include <liburing.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

TEST_CASE("a completion of another generation, slot or part is counted and dropped") {
  if (!has_ring() || !probe_kernel().opcodes[IORING_OP_MSG_RING]) {
    MESSAGE("no ring here, or none that takes messages: not tried");
    return;
  }
  with_lanes({"io_uring, ring", {true, Policy::Prefer::kRing}}, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(3000, 1));
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(3000, 1)));
    const std::set<int> rings = open_rings();
    REQUIRE(rings.size() == 1);

    io_uring sender{};
    REQUIRE(io_uring_queue_init(64, &sender, 0) == 0);
    // Slots that are free now: every generation is a wrong one. Then slots and parts that do not exist.
    std::vector<uint64_t> forged;
    for (uint64_t generation : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{0xffffffff}}) {
      for (uint64_t index :
           {uint64_t{0}, uint64_t{1}, uint64_t{kRingSlots - 1}, uint64_t{kRingSlots}, uint64_t{0xfffffe}}) {
        for (uint64_t part : {uint64_t{0}, uint64_t{3}, uint64_t{4}, uint64_t{255}}) {
          forged.push_back(generation << 32 | index << 8 | part);
        }
      }
    }
    const uint64_t before = session.engine().counters().stale_cqes.load();
    uint64_t sent = 0;
    for (const uint64_t user_data : forged) {
      io_uring_sqe* sqe = io_uring_get_sqe(&sender);
      io_uring_prep_msg_ring(sqe, *rings.begin(), 4096, user_data, 0);
      REQUIRE(io_uring_submit_and_wait(&sender, 1) == 1);
      io_uring_cqe* cqe = nullptr;
      REQUIRE(io_uring_wait_cqe(&sender, &cqe) == 0);
      sent += cqe->res == 0;
      io_uring_cqe_seen(&sender, cqe);
      // Work goes on between them, and is not taken in.
      if (sent % 10 == 0) CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(3000, 1)));
    }
    io_uring_queue_exit(&sender);
    CHECK(sent == forged.size());
    CHECK(session.turn_until([&] { return session.engine().counters().stale_cqes.load() >= before + sent; }));
    CHECK(session.engine().counters().stale_cqes.load() == before + sent);
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(3000, 1)));
  });
}

TEST_CASE("in ordinary work no completion is stale, and every job is counted on one lane") {
  on_every_lane([](Session& session, const Folder& folder) {
    std::vector<Ask> asks;
    for (int i = 0; i < 400; i++) asks.push_back(ask_write_file(folder / std::to_string(i), pattern(100, 1)));
    for (const Outcome& outcome : session.run_all(std::move(asks))) CHECK(outcome.lane != Lane::kNone);
    asks.clear();
    for (int i = 0; i < 400; i++) asks.push_back(ask_read_file(folder / std::to_string(i)));
    for (const Outcome& outcome : session.run_all(std::move(asks))) CHECK(outcome.lane != Lane::kNone);
    const Counters& counters = session.engine().counters();
    CHECK(counters.stale_cqes.load() == 0);
    CHECK(counters.cached_hits.load() + counters.ring_ops.load() + counters.blocking_ops.load() == 800);
    CHECK(session.engine().in_flight() == 0);
  });
}
