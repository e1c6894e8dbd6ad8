#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

std::string make_fifo(const Folder& folder, const std::string& name = "fifo") {
  const std::string path = folder / name;
  REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
  return path;
}

}  // namespace

TEST_CASE("readFile of a FIFO: waits for a writer that comes late, and reads all it has to say") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const Bytes data = pattern(200'000, 6);
    const uint32_t id = session.submit({ask_read_file(path)});
    session.turn_for(20);
    CHECK_FALSE(session.is_finished(id));
    std::thread writer([&] { write_plainly(path, data); });
    const bool done = session.turn_until_finished(id);
    writer.join();
    REQUIRE(done);
    CHECK(session.outcome(id).error == 0);
    CHECK((session.outcome(id).bytes == data));
  });
}

TEST_CASE("readFile of a FIFO: a writer already there, and slow, is heard to its end") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const int keep = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    REQUIRE(::write(keep, "one", 3) == 3);
    const uint32_t id = session.submit({ask_read_file(path)});
    // Read, so that it is open there: what nobody has open loses what it was told.
    REQUIRE(session.turn_until([&] { return bytes_waiting(keep) == 0; }));
    session.turn_for(20);
    CHECK_FALSE(session.is_finished(id));
    REQUIRE(::write(keep, "two", 3) == 3);
    session.turn_for(10);
    CHECK_FALSE(session.is_finished(id));
    ::close(keep);
    REQUIRE(session.turn_until_finished(id));
    CHECK(std::string(session.outcome(id).bytes.begin(), session.outcome(id).bytes.end()) == "onetwo");
  });
}

// A seccomp filter installed meanwhile, say. What a FIFO has given once it does not give again.
TEST_CASE("readFile of a FIFO whose ring is given up: all it has said, or EIO, and never a part") {
  if (!has_ring()) return;
  const Bytes data = pattern(700, 3);
  size_t failed = 0;
  for (uint64_t nth = 1; nth <= 12; nth++) {
    with_lanes({"io_uring, ring", {true, Policy::Prefer::kRing}}, disk(), [&](Session& session, const Folder& folder) {
      INFO("enter ", nth);
      const std::string path = make_fifo(folder);
      const int keep = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
      REQUIRE(::write(keep, data.data(), data.size()) == static_cast<ssize_t>(data.size()));
      fault::arm({fault::Point::kEnter, fault::Manner::kFails, EPERM, nth, true});
      const uint32_t id = session.submit({ask_read_file(path)});
      CHECK(session.turn_until([&] { return bytes_waiting(keep) == 0 || session.is_finished(id); }));
      ::close(keep);
      CHECK(session.turn_until_finished(id));
      fault::disarm();
      const Outcome& outcome = session.outcome(id);
      CHECK((outcome.error == EIO || (outcome.error == 0 && outcome.bytes == data)));
      failed += outcome.error == EIO;
    });
  }
  CHECK(failed > 0);
}

TEST_CASE("a FIFO without a peer: every wait can be called off") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const uint32_t first = session.submit({ask_read_file(path), ask_open(path, O_RDONLY)});
    session.turn_for(20);
    for (uint32_t i = 0; i < 2; i++) CHECK_FALSE(session.is_finished(first + i));
    for (uint32_t i = 0; i < 2; i++) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    for (uint32_t i = 0; i < 2; i++) CHECK(session.outcome(first + i).error == ECANCELED);
    // Writers apart from readers: they would find each other.
    const uint32_t second = session.submit({ask_write_file(path, pattern(10, 1)), ask_open(path, O_WRONLY)});
    session.turn_for(20);
    for (uint32_t i = 0; i < 2; i++) CHECK_FALSE(session.is_finished(second + i));
    for (uint32_t i = 0; i < 2; i++) session.engine().cancel(second + i);
    REQUIRE(session.turn_until_idle());
    for (uint32_t i = 0; i < 2; i++) CHECK(session.outcome(second + i).error == ECANCELED);
  });
}

TEST_CASE("a FIFO: two of the engine's own jobs find each other") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const Bytes data = pattern(300'000, 8);
    const auto outcomes = session.run_all({ask_read_file(path), ask_write_file(path, data)});
    CHECK(outcomes[0].error == 0);
    CHECK(outcomes[1].error == 0);
    CHECK((outcomes[0].bytes == data));
  });
}

TEST_CASE("open of a FIFO: waits for the other side, and hands over a blocking descriptor") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const uint32_t reading = session.submit({ask_open(path, O_RDONLY)});
    session.turn_for(20);
    CHECK_FALSE(session.is_finished(reading));
    int writer = -1;
    std::thread opener([&] { writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC); });
    const bool opened = session.turn_until_finished(reading);
    opener.join();
    REQUIRE(opened);
    REQUIRE(session.outcome(reading).error == 0);
    const int reader = static_cast<int>(session.outcome(reading).value);
    CHECK((::fcntl(reader, F_GETFL) & O_NONBLOCK) == 0);
    REQUIRE(::write(writer, "x", 1) == 1);
    char got = 0;
    CHECK(::read(reader, &got, 1) == 1);
    ::close(writer);
    ::close(reader);

    const uint32_t writing = session.submit({ask_open(path, O_WRONLY)});
    session.turn_for(20);
    CHECK_FALSE(session.is_finished(writing));
    const int late = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(session.turn_until_finished(writing));
    CHECK(session.outcome(writing).error == 0);
    CHECK((::fcntl(static_cast<int>(session.outcome(writing).value), F_GETFL) & O_NONBLOCK) == 0);
    ::close(static_cast<int>(session.outcome(writing).value));
    ::close(late);
  });
}

TEST_CASE("open of a FIFO with O_NONBLOCK: waits for nobody") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    const Outcome reader = session.run(ask_open(path, O_RDONLY | O_NONBLOCK));
    REQUIRE(reader.error == 0);
    ::close(static_cast<int>(reader.value));
    const Outcome writer = session.run(ask_open(path, O_WRONLY | O_NONBLOCK));
    CHECK(writer.error == ENXIO);
    CHECK(writer.call == Call::kOpen);
  });
}

TEST_CASE("more waits on a FIFO than may be away at once hold up no ordinary file") {
  on_every_lane([](Session& session, const Folder& folder) {
    constexpr uint32_t kWaits = kMaxAway + 88;
    write_plainly(folder / "file", pattern(5000, 1));
    const std::string path = make_fifo(folder);
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kWaits; i++) asks.push_back(i % 2 == 0 ? ask_read_file(path) : ask_open(path, O_RDONLY));
    const uint32_t first = session.submit(std::move(asks));
    const auto& parked = session.engine().counters().parked_ops;
    CHECK(session.turn_until([&] { return parked.load() >= kWaits; }));
    // Before the clock starts: it waits for the disk, and with it for whatever else is being written there.
    make_cold(folder / "file");
    const int64_t begun = milliseconds();
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(5000, 1)));
    CHECK(session.run(ask_write_file(folder / "other", pattern(10, 1))).error == 0);
    CHECK(session.run(ask_path(Op::kStat, folder / "other")).error == 0);
    CHECK(milliseconds() - begun < kHang);
    for (uint32_t i = 0; i < kWaits; i++) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    size_t wrong = 0;
    for (uint32_t i = 0; i < kWaits; i++) wrong += session.outcome(first + i).error != ECANCELED;
    CHECK(wrong == 0);
  });
}

TEST_CASE("waits on FIFOs that make room wake the loop for what their number has held back") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = make_fifo(folder);
    std::vector<Ask> asks;
    for (size_t i = 0; i < kMaxAway + 88; i++) asks.push_back(ask_read_file(path));
    asks.push_back(ask_write_file(folder / "file", pattern(10, 1)));
    const uint32_t first = session.submit(std::move(asks));
    const uint32_t last = first + static_cast<uint32_t>(kMaxAway + 88);
    // Each turn sleeps until something comes, and nothing else does.
    const int64_t begun = milliseconds();
    while (!session.is_finished(last) && milliseconds() - begun < 60'000) session.turn(60'000);
    CHECK(milliseconds() - begun < 30'000);
    CHECK(session.outcome(last).error == 0);
    for (uint32_t id = first; id < last; id++) session.engine().cancel(id);
    REQUIRE(session.turn_until_idle());
  });
}
