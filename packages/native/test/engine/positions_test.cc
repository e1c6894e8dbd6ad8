// Reads and writes at a file's own position take turns: each begins where the one before it ended.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr size_t kFew = kFewBytes ? 3 : 8;

Bytes joined(const std::vector<Outcome>& outcomes, size_t each) {
  Bytes all;
  for (const Outcome& outcome : outcomes) {
    CHECK(outcome.error == 0);
    CHECK(outcome.value == static_cast<int64_t>(each));
    all.insert(all.end(), outcome.bytes.begin(), outcome.bytes.begin() + static_cast<long>(outcome.value));
  }
  return all;
}

int open_plainly(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  REQUIRE(fd >= 0);
  return fd;
}

}  // namespace

TEST_CASE("own position: reads in one batch give the file once, cold and cached, whatever their size") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    // The last two are made in more than one piece.
    for (const size_t each : {size_t{5000}, size_t{300'000}, kUserChunk + 10'000, 2 * kUserChunk}) {
      CAPTURE(each);
      const Bytes whole = pattern(kFew * each, 1);
      const std::string path = folder / "file";
      write_plainly(path, whole);
      for (const bool cold : {true, false}) {
        if (cold) make_cold(path);
        const int fd = open_plainly(path, O_RDONLY);
        std::vector<Ask> asks;
        for (size_t i = 0; i < kFew; i++) asks.push_back(ask_read(fd, each, -1));
        CHECK((joined(session.run_all(std::move(asks)), each) == whole));
        CHECK(session.run(ask_read(fd, 10, -1)).value == 0);
        ::close(fd);
      }
    }
  });
}

TEST_CASE("own position: writes and reads of one descriptor go in the order in which they came") {
  on_every_lane([](Session& session, const Folder& folder) {
    const size_t each = kUserChunk + 10'000;
    const int fd = open_plainly(folder / "file", O_RDWR | O_CREAT);
    std::vector<Ask> asks;
    Bytes whole;
    for (size_t i = 0; i < kFew; i++) {
      const Bytes part = pattern(each, static_cast<uint32_t>(i + 1));
      whole.insert(whole.end(), part.begin(), part.end());
      asks.push_back(ask_write(fd, part, -1));
    }
    // Behind them all: at the end.
    asks.push_back(ask_read(fd, 100, -1));
    const std::vector<Outcome> outcomes = session.run_all(std::move(asks));
    for (size_t i = 0; i < kFew; i++) CHECK(outcomes[i].value == static_cast<int64_t>(each));
    CHECK(outcomes[kFew].error == 0);
    CHECK(outcomes[kFew].value == 0);
    CHECK((read_plainly(folder / "file") == whole));
    ::close(fd);
  });
}

TEST_CASE("own position: what waits for its turn works on its own file when the descriptor is closed and used again") {
  on_every_lane([](Session& session, const Folder& folder) {
    const size_t each = 2 * kUserChunk;
    const Bytes whole = pattern(3 * each, 1);
    write_plainly(folder / "file", whole);
    write_plainly(folder / "other", pattern(3 * each, 2));
    make_cold(folder / "file");
    const int fd = open_plainly(folder / "file", O_RDONLY);
    const uint32_t first = session.submit({ask_read(fd, each, -1), ask_read(fd, each, -1), ask_read(fd, each, -1)});
    REQUIRE(::close(fd) == 0);
    REQUIRE(open_plainly(folder / "other", O_RDONLY) == fd);
    REQUIRE(session.turn_until_idle());
    std::vector<Outcome> outcomes;
    for (uint32_t id = first; id < first + 3; id++) outcomes.push_back(session.outcome(id));
    CHECK((joined(outcomes, each) == whole));
    ::close(fd);
  });
}

TEST_CASE("own position: one that is called off while it waits moves nothing") {
  on_every_lane([](Session& session, const Folder& folder) {
    const size_t each = 2 * kUserChunk;
    const Bytes whole = pattern(2 * each, 1);
    write_plainly(folder / "file", whole);
    make_cold(folder / "file");
    const int fd = open_plainly(folder / "file", O_RDONLY);
    const uint32_t first = session.submit({ask_read(fd, each, -1), ask_read(fd, 5000, -1), ask_read(fd, each, -1)});
    const bool waits = !session.is_finished(first + 1);
    if (waits) session.engine().cancel(first + 1);
    REQUIRE(session.turn_until_idle());
    if (waits) {
      CHECK(session.outcome(first + 1).error == ECANCELED);
      CHECK((joined({session.outcome(first), session.outcome(first + 2)}, each) == whole));
    }
    ::close(fd);
  });
}

TEST_CASE("own position: whatever waits for its turn when the engine stops is dropped, with its descriptor") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(kFew * kUserChunk, 1));
    make_cold(folder / "file");
    const int fd = open_plainly(folder / "file", O_RDONLY);
    std::vector<Ask> asks;
    for (size_t i = 0; i < kFew; i++) asks.push_back(ask_read(fd, 2 * kUserChunk, -1));
    (void)session.submit(std::move(asks));
    ::close(fd);
    CHECK(session.stop());
  });
}

TEST_CASE("own position: a stream has none, and a write passes the read that waits for it") {
  on_every_lane([](Session& session, const Folder&) {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
    const uint32_t first = session.submit({ask_read(pair[0], 10, -1), ask_write(pair[0], pattern(5, 1), -1)});
    REQUIRE(session.turn_until_finished(first + 1));
    CHECK(session.outcome(first + 1).value == 5);
    CHECK_FALSE(session.is_finished(first));
    REQUIRE(::write(pair[1], "x", 1) == 1);
    REQUIRE(session.turn_until_finished(first));
    CHECK(session.outcome(first).value == 1);
    ::close(pair[0]);
    ::close(pair[1]);
  });
}

TEST_CASE("own position: a read that has missed in its own call keeps its place until it is taken in, or given up") {
  on_every_lane([](Session& session, const Folder& folder) {
    const size_t each = 100'000;
    const Bytes whole = pattern(3 * each, 1);
    write_plainly(folder / "file", whole);
    for (const bool adopts : {true, false}) {
      make_cold(folder / "file");
      const int fd = open_plainly(folder / "file", O_RDONLY);
      session.engine().new_iteration();
      Job* job = job_for(session, ask_read(fd, each, -1));
      const uint32_t first = job->id;
      const auto became = session.engine().attempt(job);
      if (became != Engine::Attempt::kMissed) {
        session.engine().give_back(job);
        ::close(fd);
        continue;  // no such attempts on this lane, or the disk was quick
      }
      const uint32_t second = session.submit({ask_read(fd, each, -1)});
      size_t read_in_vain = 0;
      if (adopts) {
        session.engine().adopt(job);
      } else {
        read_in_vain = job->done;
        session.engine().abandon(job);
      }
      session.engine().begin_batch();
      session.engine().end_batch();
      REQUIRE(session.turn_until_idle());
      if (adopts) {
        CHECK((joined({session.outcome(first), session.outcome(second)}, each) ==
               Bytes(whole.begin(), whole.begin() + 2 * each)));
      } else {
        const auto from = whole.begin() + static_cast<long>(read_in_vain);
        CHECK((joined({session.outcome(second)}, each) == Bytes(from, from + each)));
      }
      ::close(fd);
    }
  });
}
