#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t soft) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit lower = before_;
    lower.rlim_cur = soft;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Besides those that this program was started with.
rlim_t few_descriptors() { return static_cast<rlim_t>(count_descriptors()) + 60; }

}  // namespace

TEST_CASE("around the bound of jobs away, all finish, and never more than the bound are away") {
  on_every_lane([](Session& session, const Folder& folder) {
    for (const size_t count : {kMaxAway - 1, kMaxAway, kMaxAway + 1, 2 * kMaxAway + 1}) {
      std::vector<Ask> asks;
      for (size_t i = 0; i < count; i++) asks.push_back(ask_write_file(folder / std::to_string(i), pattern(20, 1)));
      const auto outcomes = session.run_all(std::move(asks));
      size_t failed = 0;
      for (const Outcome& outcome : outcomes) failed += outcome.error != 0 || outcome.finished != 1;
      CHECK(failed == 0);
      // Data leaves the user's memory when its job does.
      CHECK(session.host().most_held() <= kMaxAway);
      CHECK(session.host().holding() == 0);
    }
    CHECK(session.host().most_held() == kMaxAway);
  });
}

TEST_CASE("5,000 jobs in one batch all finish, hits and misses mixed") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    constexpr uint32_t kJobs = 5000;
    for (uint32_t i = 0; i < 50; i++) write_plainly(folder / ("f" + std::to_string(i)), pattern(1000 + i, i));
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kJobs; i++) {
      const std::string name = folder / ("f" + std::to_string(i % 50));
      switch (i % 5) {
        case 0:
        case 1:
          asks.push_back(ask_read_file(name));
          break;
        case 2:
          asks.push_back(ask_path(Op::kStat, name));
          break;
        case 3:
          asks.push_back(ask_path(Op::kAccess, name, R_OK));
          break;
        default:
          asks.push_back(ask_write_file(folder / ("w" + std::to_string(i % 20)), pattern(64, 1)));
          break;
      }
    }
    const auto outcomes = session.run_all(std::move(asks));
    size_t wrong = 0;
    for (uint32_t i = 0; i < kJobs; i++) {
      wrong += outcomes[i].error != 0 || outcomes[i].finished != 1;
      if (i % 5 < 2) wrong += outcomes[i].bytes != pattern(1000 + i % 50, i % 50);
      if (i % 5 == 2) wrong += outcomes[i].stx.stx_size != 1000 + i % 50;
    }
    CHECK(wrong == 0);
    CHECK(session.host().most_held() <= kMaxAway);
  });
}

TEST_CASE("a host with little room gets its outcomes bit by bit, and none is left behind") {
  for (const size_t room : {size_t{1}, size_t{4}, size_t{7}}) {
    for (Lanes lanes : all_lanes()) {
      lanes.room = room;
      with_lanes(lanes, disk(), [&](Session& session, const Folder& folder) {
        write_plainly(folder / "file", pattern(100, 1));
        for (const size_t hits : {room - 1, room, room + 1, 10 * room}) {
          // One that has to go away, and hits that fill the room behind it.
          std::vector<Ask> asks;
          asks.push_back(ask_write_file(folder / "written", pattern(10, 1)));
          for (size_t i = 0; i < hits; i++) asks.push_back(ask_read_file(folder / "file"));
          session.submit(std::move(asks));
          CHECK(session.turn_until_idle());
        }
        CHECK(session.host().complaint() == "");
      });
    }
  }
}

TEST_CASE("what has arrived is taken back 16 jobs at a time, and the notifier can be had to say that more waits") {
  constexpr size_t kJobs = 2 * kDrainedTogether + kPoolThreads + 1;
  with_lanes(kThreads, disk(), [kJobs](Session& session, const Folder& folder) {
    std::vector<Ask> asks;
    for (size_t i = 0; i < kJobs; i++) asks.push_back(ask_write_file(folder / std::to_string(i), pattern(10, 1)));
    session.submit(std::move(asks));
    const int64_t deadline = milliseconds() + 30'000;
    while (session.engine().unread() < kJobs && milliseconds() < deadline) ::usleep(1000);
    REQUIRE(session.engine().unread() == kJobs);
    // The last ones of them have been counted, and may still be on their way: one of each thread.
    for (const size_t taken : {kDrainedTogether, 2 * kDrainedTogether}) {
      CHECK(session.engine().drain());
      CHECK(session.host().finished_count() == taken);
      session.host().take_results();
    }
    session.engine().drain_later();
    pollfd notifier{session.engine().notifier_fd(), POLLIN, 0};
    CHECK(::poll(&notifier, 1, kHang) == 1);  // whoever is the first to say so may be about to
    CHECK(session.turn_until_idle());
    CHECK(session.host().finished_count() == kJobs);
  });
}

TEST_CASE("attempts that share a system call and attempts alone, together, never fill more room than there is") {
  for (const size_t room : {size_t{2}, size_t{7}, size_t{100}}) {
    for (Lanes lanes : all_lanes()) {
      lanes.room = room;
      with_lanes(lanes, disk(), [&](Session& session, const Folder& folder) {
        write_plainly(folder / "large", pattern(kCachedBytesMax, 1));
        write_plainly(folder / "small", pattern(100, 2));
        // The large ones take the time of this iteration, and the rest is tried in the next ones.
        std::vector<Ask> asks;
        for (size_t i = 0; i < (kFewBytes ? 8 : 40); i++) asks.push_back(ask_read_file(folder / "large"));
        for (size_t i = 0; i < (kFewBytes ? 120 : 400); i++) {
          asks.push_back(i % 3 == 0 ? ask_path(Op::kStat, folder / "small") : ask_read_file(folder / "small"));
        }
        session.submit(std::move(asks));
        CHECK(session.turn_until_idle());
        CHECK(session.host().complaint() == "");
      });
    }
  }
}

TEST_CASE("few descriptors: a thousand files in one batch meet no EMFILE, and the limit is left alone") {
  const rlim_t few = few_descriptors();
  on_every_lane([few](Session& session, const Folder& folder) {
    constexpr uint32_t kFiles = 1000;
    // Small ones that a chain reads whole, and larger ones that need a descriptor.
    for (uint32_t i = 0; i < 20; i++) {
      write_plainly(folder / std::to_string(i), pattern(i % 2 == 0 ? 3000 : kChainBytes + 500, i));
    }
    const DescriptorLimit limit(few);
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < kFiles; i++) asks.push_back(ask_read_file(folder / std::to_string(i % 20)));
    const auto outcomes = session.run_all(std::move(asks));
    size_t failed = 0;
    size_t wrong = 0;
    for (uint32_t i = 0; i < kFiles; i++) {
      failed += outcomes[i].error != 0;
      wrong += outcomes[i].error == 0 && outcomes[i].bytes != pattern(i % 2 == 0 ? 3000 : kChainBytes + 500, i % 20);
    }
    CHECK(failed == 0);
    CHECK(wrong == 0);
    rlimit now{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == few);
  });
}

TEST_CASE("few descriptors: what lacks one is told so as soon as all others wait for somebody else") {
  on_every_lane([](Session& session, const Folder&) {
    constexpr uint32_t kReads = 100;
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    // What waiting needs, and somebody who waits from now on.
    (void)session.submit({ask_read(pipe[0], 10, -1)});
    const auto parked = [&] { return session.engine().counters().parked_ops.load(); };
    REQUIRE(session.turn_until([&] { return parked() == 1; }));
    {
      const DescriptorLimit limit(static_cast<rlim_t>(count_descriptors()) + 23);
      const uint32_t first = session.submit(std::vector<Ask>(kReads, ask_read(pipe[0], 10, -1)));
      const auto told = [&] {
        size_t count = 0;
        for (uint32_t id = first; id < first + kReads; id++) count += session.outcome(id).error == EMFILE;
        return count;
      };
      // Each turn sleeps until something comes.
      const int64_t begun = milliseconds();
      while (told() + parked() < kReads + 1 && milliseconds() - begun < 60'000) session.turn(60'000);
      CHECK(milliseconds() - begun < 30'000);
      CHECK(told() > 0);
      CHECK(parked() > 1);
    }
    ::close(pipe[1]);
    REQUIRE(session.turn_until_idle());
    ::close(pipe[0]);
  });
}

TEST_CASE("few descriptors: a thousand jobs on one descriptor wait for each other instead of failing") {
  const rlim_t few = few_descriptors();
  on_every_lane([few](Session& session, const Folder& folder) {
    const Bytes content = pattern(100'000, 1);
    write_plainly(folder / "file", content);
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    const DescriptorLimit limit(few);
    std::vector<Ask> asks;
    for (uint32_t i = 0; i < 1000; i++) {
      asks.push_back(i % 2 == 0 ? ask_read(fd, 100, i * 10) : ask_on(Op::kStat, fd));
    }
    const auto outcomes = session.run_all(std::move(asks));
    size_t wrong = 0;
    for (uint32_t i = 0; i < 1000; i++) {
      wrong += outcomes[i].error != 0;
      if (i % 2 == 0)
        wrong += !std::equal(outcomes[i].bytes.begin(), outcomes[i].bytes.end(), content.begin() + i * 10);
    }
    CHECK(wrong == 0);
    ::close(fd);
  });
}

TEST_CASE("no descriptor left at all: a job fails with EMFILE, and the next one works when there is one again") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(100'000, 1));
    // The lanes' own descriptors are made first.
    CHECK(session.run(ask_read_file(folder / "file")).error == 0);
    CHECK(session.run(ask_write_file(folder / "other", pattern(10, 1))).error == 0);
    {
      std::vector<int> taken;
      const DescriptorLimit limit(static_cast<rlim_t>(count_descriptors()) + 20);
      for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0;
           fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
        taken.push_back(fd);
      }
      const Outcome outcome = session.run(ask_open(folder / "file", O_RDONLY));
      CHECK(outcome.error == EMFILE);
      CHECK(outcome.call == Call::kOpen);
      // A descriptor that is there already needs no new one.
      const Outcome closed = session.run(ask_on(Op::kClose, taken.back()));
      CHECK(closed.error == 0);
      taken.pop_back();
      for (const int fd : taken) ::close(fd);
    }
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(100'000, 1)));
  });
}
