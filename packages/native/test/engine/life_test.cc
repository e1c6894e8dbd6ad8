#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

struct Prepared {
  std::string small;
  std::string large;
  std::string fifo;
  int large_fd = -1;
  std::array<int, 2> pipe{-1, -1};

  explicit Prepared(const Folder& folder) : small(folder / "small"), large(folder / "large"), fifo(folder / "fifo") {
    write_plainly(small, pattern(2000, 1));
    write_plainly(large, pattern(3 * kReadChunk + 7, 2));
    if (::mkfifo(fifo.c_str(), 0666) != 0 || ::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("set-up");
    large_fd = ::open(large.c_str(), O_RDONLY | O_CLOEXEC);
  }
  ~Prepared() {
    for (const int fd : {large_fd, pipe[0], pipe[1]}) ::close(fd);
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
};

Ask some_ask(const Folder& folder, const Prepared& prepared, std::mt19937& random) {
  const auto number = std::to_string(random() % 50);
  switch (random() % 13) {
    case 0:
      return ask_read_file(prepared.large);
    case 1:
      return ask_read_file(prepared.fifo);
    case 2:
      return ask_open(prepared.fifo, O_RDONLY);
    case 3:
      return ask_write_file(folder / ("w" + number), pattern(random() % 5000, 3),
                            random() % 4 == 0 ? option::kFlush : 0);
    case 4:
      return ask_write_file(folder / ("v" + number), pattern(2 * kUserChunk + 5, 3));
    case 5:
      return ask_read(prepared.pipe[0], 100, -1);
    case 6:
      return ask_read(prepared.large_fd, 2 * kUserChunk, 5);
    case 7:
      return ask_on(Op::kClose, ::open(prepared.small.c_str(), O_RDWR | O_CLOEXEC));
    case 8:
      return ask_path(Op::kMkdir, folder / ("d" + number + "/e"), 0, 0777, option::kRecursive);
    case 9:
      return ask_on(Op::kSync, prepared.large_fd);
    case 10:
      return ask_open(prepared.fifo, O_WRONLY | O_CREAT);
    case 11:
      return ask_path(Op::kStat, prepared.small);
    default:
      return ask_read_file(prepared.small);
  }
}

// An open that finished has handed its descriptor to the caller: here that is the test.
void close_opened(Session& session, const std::vector<uint32_t>& opens) {
  for (const uint32_t id : opens) {
    const Outcome& outcome = session.outcome(id);
    if (outcome.finished > 0 && outcome.error == 0) ::close(static_cast<int>(outcome.value));
  }
}

}  // namespace

TEST_CASE("stop: with everything in flight it is over soon, and no descriptor or thread is left") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Prepared prepared(folder);
    make_cold(prepared.large);
    // A flush cannot be called off, and a busy disk takes its time for it: in memory, where that is to be had.
    const Folder flushed(memory_disk().empty() ? disk() : memory_disk());
    std::vector<Ask> asks;
    for (int i = 0; i < 20; i++) {
      const auto number = std::to_string(i);
      asks.push_back(ask_read_file(prepared.large));
      asks.push_back(ask_write_file(folder / number, pattern(2 * kUserChunk, 1)));
      asks.push_back(ask_write_file(flushed / number, pattern(100, 1), option::kFlush));
      asks.push_back(ask_read_file(prepared.fifo));
      asks.push_back(ask_open(prepared.fifo, O_RDONLY));
      asks.push_back(ask_read(prepared.pipe[0], 10, -1));
      asks.push_back(ask_on(Op::kClose, ::open(prepared.small.c_str(), O_RDWR | O_CLOEXEC)));
    }
    session.submit(std::move(asks));
    const int64_t begun = milliseconds();
    CHECK(session.stop());
    CHECK(milliseconds() - begun < kStopWaitNs / 1'000'000);
  });
}

TEST_CASE("stop: outcomes that arrived and were never taken leave nothing behind") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Prepared prepared(folder);
    std::vector<Ask> asks;
    for (int i = 0; i < 700; i++) asks.push_back(ask_open(prepared.small, O_RDWR | O_CREAT));
    session.submit(std::move(asks));
    ::usleep(20'000);
    CHECK(session.stop());
  });
}

TEST_CASE("stop: an engine that never had a job, and one that has none left, end at once") {
  on_every_lane([](Session& session, const Folder&) { CHECK(session.stop()); });
  on_every_lane([](Session& session, const Folder& folder) {
    CHECK(session.run(ask_write_file(folder / "file", pattern(10, 1))).error == 0);
    const int64_t begun = milliseconds();
    CHECK(session.stop());
    CHECK(milliseconds() - begun < kStopWaitNs / 1'000'000);
  });
}

TEST_CASE("cancel: before, while and after; every job still finishes once") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Prepared prepared(folder);
    // Before: these wait in the backlog behind the bound.
    std::vector<Ask> asks;
    for (size_t i = 0; i < 2 * kMaxAway; i++)
      asks.push_back(ask_write_file(folder / std::to_string(i), pattern(10, 1)));
    const uint32_t first = session.submit(std::move(asks));
    for (uint32_t i = 0; i < 2 * kMaxAway; i += 2) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    size_t cancelled = 0;
    size_t wrong = 0;
    for (uint32_t i = 0; i < 2 * kMaxAway; i++) {
      const Outcome& outcome = session.outcome(first + i);
      cancelled += outcome.error == ECANCELED;
      wrong += outcome.finished != 1 || (i % 2 == 1 && outcome.error != 0);
      // An outcome without an error is one that can be trusted.
      if (outcome.error == 0) wrong += read_plainly(folder / std::to_string(i)) != pattern(10, 1);
      if (outcome.error != 0) wrong += outcome.error != ECANCELED;
    }
    CHECK(wrong == 0);
    CHECK(cancelled > 0);
    // While: a large read that is on its way.
    for (int round = 0; round < 10; round++) {
      make_cold(prepared.large);
      const uint32_t id = session.submit({ask_read_file(prepared.large)});
      session.turn(round % 3);
      session.engine().cancel(id);
      REQUIRE(session.turn_until_finished(id));
      const Outcome& outcome = session.outcome(id);
      CHECK((outcome.error == ECANCELED || (outcome.error == 0 && outcome.bytes.size() == 3 * kReadChunk + 7)));
    }
    // After: nothing happens, also when the object has another job by then.
    const uint32_t over = session.submit({ask_write_file(folder / "over", pattern(10, 1))});
    REQUIRE(session.turn_until_finished(over));
    const uint32_t next = session.submit({ask_write_file(folder / "next", pattern(10, 1))});
    session.engine().cancel(over);
    session.engine().cancel(1'000'000);
    REQUIRE(session.turn_until_finished(next));
    CHECK(session.outcome(next).error == 0);
    CHECK(session.host().complaint() == "");
  });
}

TEST_CASE("cancel: at any moment of a small write, success means that the bytes are there") {
  std::mt19937 random(seed());
  INFO("RINGFS_TEST_SEED=", seed());
  on_every_lane([&](Session& session, const Folder& folder) {
    size_t wrong = 0;
    for (uint32_t round = 0; round < 150; round++) {
      const std::string path = folder / std::to_string(round % 7);
      if (round % 3 == 0) ::unlink(path.c_str());
      const uint32_t id = session.submit({ask_write_file(path, pattern(20'000, round))});
      for (uint32_t spins = random() % 2000; spins > 0; spins--) __asm__ volatile("");
      session.engine().cancel(id);
      REQUIRE(session.turn_until_finished(id));
      const Outcome& outcome = session.outcome(id);
      if (outcome.error == 0) wrong += read_plainly(path) != pattern(20'000, round);
      if (outcome.error != 0) wrong += outcome.error != ECANCELED;
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("200 engines started and stopped at random moments under load leave nothing behind") {
  std::mt19937 random(seed());
  INFO("RINGFS_TEST_SEED=", seed());
  warm_up();
  const Folder folder(disk());
  const Prepared prepared(folder);
  const int descriptors = count_descriptors();
  const int threads = count_threads();
  const auto& lanes = all_lanes();
  size_t not_stopped = 0;
  for (int round = 0; round < 200; round++) {
    Session session(lanes[random() % lanes.size()].policy);
    std::vector<uint32_t> opens;
    for (uint32_t batch = random() % 4; batch > 0; batch--) {
      std::vector<Ask> asks;
      for (uint32_t i = random() % 12 + 1; i > 0; i--) asks.push_back(some_ask(folder, prepared, random));
      std::vector<bool> is_open;
      for (const Ask& ask : asks) is_open.push_back(ask.op == Op::kOpen);
      const uint32_t first = session.submit(std::move(asks));
      for (uint32_t i = 0; i < is_open.size(); i++) {
        if (is_open[i]) opens.push_back(first + i);
        if (random() % 8 == 0) session.engine().cancel(first + i);
      }
      if (random() % 2 == 0) session.turn(static_cast<int>(random() % 3));
    }
    if (random() % 2 == 0) ::usleep(random() % 2000);
    not_stopped += !session.stop();
    close_opened(session, opens);
  }
  CHECK(not_stopped == 0);
  CHECK(back_to(descriptors, threads));
}
