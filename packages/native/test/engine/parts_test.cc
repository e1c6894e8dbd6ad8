// The small parts, each alone.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "engine/channel.h"
#include "engine/event_fd.h"
#include "engine/limits.h"
#include "engine/memory.h"
#include "engine/parking.h"
#include "engine/semaphore.h"
#include "engine/syscalls.h"
#include "engine/thread.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

bool is_readable(int fd) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

// Where a Parking sends what it releases.
class Collector final : public Sink {
 public:
  void pass_on(Job* job, Step step) override {
    steps += step == Step::kToPool;
    jobs.push(job);
  }
  size_t unread() const override { return 0; }
  std::vector<Job*> wait_for(size_t count, int deadline_ms = kHang) {
    std::vector<Job*> got;
    const int64_t deadline = milliseconds() + deadline_ms;
    while (got.size() < count && milliseconds() < deadline) {
      if (!jobs.take(got)) ::usleep(200);
    }
    return got;
  }
  Channel<Job*> jobs;
  std::atomic<int> steps{0};
};

int64_t in_ms(int ms) { return sys::now_ns() + int64_t{ms} * 1'000'000; }

}  // namespace

TEST_CASE("EventFd: any number of signals is one, until it is taken back") {
  EventFd event;
  REQUIRE(event.ok());
  CHECK_FALSE(is_readable(event.fd()));
  CHECK(event.signal());
  CHECK_FALSE(event.signal());
  CHECK(is_readable(event.fd()));
  event.clear();
  CHECK_FALSE(is_readable(event.fd()));
  event.clear();
  CHECK(event.signal());
  CHECK(is_readable(event.fd()));
}

TEST_CASE("EventFd: a signal that is taken back before it is written is taken back by the next look all the same") {
  EventFd event;
  REQUIRE(event.ok());
  fault::arm({fault::Point::kNotify, fault::Manner::kDelayed, 0, 1, true});
  std::thread late([&] { event.signal(); });
  // Between its announcement and its write, which comes 3 ms late.
  ::usleep(1000);
  event.clear();
  late.join();
  fault::disarm();
  event.clear();
  // Whoever polls it would find no rest.
  CHECK_FALSE(is_readable(event.fd()));
  CHECK(event.signal());
}

TEST_CASE("EventFd and Channel: with a pusher and a taker at full speed no item is left unannounced") {
  constexpr int kItems = 50'000;
  EventFd event;
  Channel<int> channel;
  std::thread pusher([&] {
    for (int i = 0; i < kItems; i++) {
      channel.push(i);
      event.signal();
    }
  });
  std::vector<int> got;
  bool timed_out = false;
  while (got.size() < kItems && !timed_out) {
    pollfd state{event.fd(), POLLIN, 0};
    timed_out = ::poll(&state, 1, kHang) == 0;
    event.clear();
    channel.take(got);
  }
  pusher.join();
  CHECK_FALSE(timed_out);
  bool in_order = got.size() == kItems;
  for (int i = 0; in_order && i < kItems; i++) in_order = got[static_cast<size_t>(i)] == i;
  CHECK(in_order);
}

TEST_CASE("Semaphore: a wake is kept until somebody has waited for it, and a wait for one ends in its time") {
  Semaphore semaphore;
  semaphore.post();
  semaphore.post();
  semaphore.wait();
  CHECK(semaphore.wait_for(0));
  const int64_t before = milliseconds();
  CHECK_FALSE(semaphore.wait_for(50'000'000));
  const int64_t took = milliseconds() - before;
  CHECK(took >= 49);
  CHECK(took < kHang);
  std::thread waiter([&] { semaphore.wait(); });
  ::usleep(10'000);
  semaphore.post();
  waiter.join();
  CHECK_FALSE(semaphore.wait_for(0));
}

TEST_CASE("Channel: says when it was empty, and gives everything in order, behind what was there") {
  Channel<int> channel;
  std::vector<int> out = {1};
  CHECK(channel.empty());
  CHECK_FALSE(channel.take(out));
  CHECK(channel.push(2));
  CHECK_FALSE(channel.push(3));
  CHECK_FALSE(channel.empty());
  CHECK(channel.take(out));
  CHECK(out == std::vector<int>{1, 2, 3});
  CHECK(channel.push(4));
}

TEST_CASE("Memory: grows, keeps what it is told to keep, and says when there is none") {
  Memory memory;
  CHECK(memory.reserve(0));
  REQUIRE(memory.reserve(10));
  std::memcpy(memory.data(), "0123456789", 10);
  uint8_t* before = memory.data();
  CHECK(memory.reserve(5));
  CHECK(memory.data() == before);
  REQUIRE(memory.reserve(100'000, 10));
  CHECK(std::memcmp(memory.data(), "0123456789", 10) == 0);
  CHECK(memory.capacity() >= 100'000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer's malloc ends the program instead of answering.
  CHECK_FALSE(memory.reserve(size_t{1} << 62, 10));
  CHECK(std::memcmp(memory.data(), "0123456789", 10) == 0);
#endif
  memory.release();
  CHECK(memory.capacity() == 0);
  CHECK(memory.data() == nullptr);
  memory.release();
}

TEST_CASE("Thread: is waited for until a deadline, and can be waited for again") {
  Thread thread;
  CHECK_FALSE(thread.running());
  CHECK(thread.join_until(in_ms(0)));
  std::atomic<bool> end{false};
  std::string name;
  bool signals_blocked = false;
  REQUIRE(thread.start("ringfs-test", [&] {
    std::array<char, 16> text{};
    pthread_getname_np(pthread_self(), text.data(), text.size());
    name = text.data();
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    signals_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPROF) == 1;
    while (!end.load()) ::usleep(500);
  }));
  const int64_t begun = milliseconds();
  CHECK_FALSE(thread.join_until(in_ms(30)));
  CHECK(milliseconds() - begun >= 29);
  CHECK(milliseconds() - begun < kHang);
  CHECK(thread.running());
  CHECK_FALSE(thread.join_until(in_ms(-1000)));
  end.store(true);
  CHECK(thread.join_until(in_ms(kHang)));
  CHECK_FALSE(thread.running());
  CHECK(name == "ringfs-test");
  CHECK(signals_blocked);
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  CHECK(sigismember(&mine, SIGTERM) == 0);
}

TEST_CASE("Parking: a job goes on when its descriptor is ready, and no earlier") {
  Counters counters;
  Collector collector;
  Parking parking(collector, counters);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  Job reader;
  reader.park_fd = pipe[0];
  parking.park(&reader, Step::kParkRead);
  CHECK(collector.wait_for(1, 20).empty());
  REQUIRE(::write(pipe[1], "x", 1) == 1);
  CHECK(collector.wait_for(1) == std::vector<Job*>{&reader});
  CHECK_FALSE(reader.plain_io);
  // Waited for again: it is ready at once.
  parking.park(&reader, Step::kParkRead);
  CHECK(collector.wait_for(1).size() == 1);
  Job writer;
  writer.park_fd = pipe[1];
  parking.park(&writer, Step::kParkWrite);
  CHECK(collector.wait_for(1) == std::vector<Job*>{&writer});
  CHECK(parking.stop(in_ms(kHang)));
  ::close(pipe[0]);
  ::close(pipe[1]);
  CHECK(counters.parked_ops.load() == 3);
}

TEST_CASE("Parking: a job goes on when its time has come") {
  Counters counters;
  Collector collector;
  Parking parking(collector, counters);
  std::array<Job, 3> jobs;
  const int64_t begun = milliseconds();
  for (size_t i = 0; i < jobs.size(); i++) {
    jobs[i].park_ms = static_cast<int>(60 - 20 * i);  // the longest first
    parking.park(&jobs[i], Step::kParkRetry);
  }
  // On a machine that stood still meanwhile the first one's time may have come first.
  const bool at_once = milliseconds() - begun < 20;
  const auto first = collector.wait_for(1);
  REQUIRE(first.size() >= 1);
  if (at_once) CHECK(first[0] == &jobs[2]);
  CHECK(milliseconds() - begun >= 19);
  CHECK(first.size() + collector.wait_for(3 - first.size()).size() == 3);
  CHECK(milliseconds() - begun >= 59);
  CHECK(parking.stop(in_ms(kHang)));
}

TEST_CASE("Parking: what cannot be waited for goes on at once, to be read plainly") {
  Counters counters;
  Collector collector;
  Parking parking(collector, counters);
  const Folder folder(disk());
  write_plainly(folder / "file", pattern(1, 1));
  Job job;
  job.park_fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  parking.park(&job, Step::kParkRead);
  CHECK(collector.wait_for(1) == std::vector<Job*>{&job});
  CHECK(job.plain_io);
  ::close(job.park_fd);
  CHECK(parking.stop(in_ms(kHang)));
}

TEST_CASE("Parking: a wait is called off by its own serial only, and by the end of the engine") {
  Counters counters;
  Collector collector;
  Parking parking(collector, counters);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  std::array<Job, 2> jobs;
  for (Job& job : jobs) {
    job.serial = 7;
    job.park_fd = ::dup(pipe[0]);
    parking.park(&job, Step::kParkRead);
  }
  parking.cancel(&jobs[0], 6);
  CHECK(collector.wait_for(1, 20).empty());
  parking.cancel(&jobs[0], 7);
  CHECK(collector.wait_for(1) == std::vector<Job*>{jobs.data()});
  CHECK(jobs[0].cancelled.load());
  parking.cancel(&jobs[0], 7);
  CHECK(parking.stop(in_ms(kHang)));
  CHECK(collector.wait_for(1) == std::vector<Job*>{&jobs[1]});
  CHECK(jobs[1].cancelled.load());
  // Too late to park: it goes on as cancelled.
  Job late;
  late.park_fd = pipe[0];
  parking.park(&late, Step::kParkRead);
  CHECK(collector.wait_for(1) == std::vector<Job*>{&late});
  CHECK(late.cancelled.load());
  CHECK(collector.steps.load() == 3);
  for (const Job& job : jobs) ::close(job.park_fd);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("Job: the next use begins like the first, with another serial") {
  Job job;
  const uint64_t serial = job.serial;
  REQUIRE(job.memory.reserve(kChainBytes + 1));
  job.path = "x";
  job.fd = 5;
  job.owns_fd = true;
  job.options = 7;
  job.done = 3;
  job.strict_again = job.plain_io = job.fifo_waited = job.tried = job.settled_in = true;
  job.stage = Stage::kTransfer;
  job.cancelled.store(true);
  job.fail(5, Call::kRead);
  job.fail(6, Call::kWrite);
  CHECK(job.error == 5);
  CHECK(job.call == Call::kRead);
  const size_t capacity = job.memory.capacity();
  job.reset();
  CHECK(job.serial != serial);
  CHECK(job.path.empty());
  CHECK(job.fd == -1);
  CHECK_FALSE(job.owns_fd);
  CHECK(job.options == 0);
  CHECK(job.done == 0);
  CHECK(job.stage == Stage::kStart);
  CHECK_FALSE((job.strict_again || job.plain_io || job.fifo_waited || job.tried || job.settled_in));
  CHECK_FALSE(job.cancelled.load());
  CHECK(job.error == 0);
  CHECK(job.call == Call::kNone);
  // Memory that has been touched is kept; the engine bounds it for all jobs together.
  CHECK(job.memory.capacity() == capacity);
}
