// The engine's own corners: ids used again, kernels without a ring, threads and descriptors that are not to be had.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;
using fault::Manner;
using fault::Point;

namespace {

std::string make_fifo(const Folder& folder) {
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
  return folder / "fifo";
}

}  // namespace

TEST_CASE("an id is free for another op once its op has settled") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(100, 1));
    CHECK(session.run(ask_path(Op::kUnlink, folder / "missing")).error == ENOENT);
    CHECK_FALSE(session.engine().knows(0));
    session.outcome(0) = Outcome{};
    Job* job = job_for(session, ask_path(Op::kUnlink, folder / "file"));
    job->id = 0;
    session.engine().begin_batch();
    session.engine().accept(job);
    CHECK(session.engine().knows(0));
    session.engine().end_batch();
    REQUIRE(session.turn_until_finished(0));
    CHECK(session.outcome(0).error == 0);
    CHECK_FALSE(session.engine().knows(0));
    CHECK_FALSE(session.engine().knows(1000));
  });
}

TEST_CASE("a kernel without a ring: whatever is asked for, the pool does it") {
  for (const auto prefer : {Policy::Prefer::kBest, Policy::Prefer::kCached, Policy::Prefer::kRing}) {
    const Folder folder(disk());
    write_plainly(folder / "file", pattern(3000, 1));
    make_cold(folder / "file");
    Session session(Policy{true, prefer}, 1024, Kernel{});
    CHECK((session.run(ask_read_file(folder / "file")).bytes == pattern(3000, 1)));
    for (const Outcome& outcome : session.run_all(std::vector<Ask>(8, ask_read_file(folder / "file")))) {
      CHECK((outcome.bytes == pattern(3000, 1)));
    }
    const Outcome written = session.run(ask_write_file(folder / "new", pattern(10, 1), option::kFlush));
    CHECK(written.error == 0);
    CHECK(written.lane == Lane::kBlocking);
    CHECK(session.engine().counters().sqes.load() == 0);
    CHECK(session.stop());
  }
}

TEST_CASE("an attempt at an open hands its descriptor over; a file that could not be opened is never plain") {
  Session session({has_ring(), Policy::Prefer::kBest});
  const Folder folder(disk());
  write_plainly(folder / "file", pattern(10, 1));
  Engine& engine = session.engine();
  engine.new_iteration();
  Job* job = job_for(session, ask_open(folder / "file", O_RDONLY));
  const auto became = engine.attempt(job);
  if (became == Engine::Attempt::kDone) {
    CHECK(job->error == 0);
    CHECK(::fcntl(static_cast<int>(job->value), F_GETFD) == FD_CLOEXEC);
    CHECK(::close(static_cast<int>(job->value)) == 0);
  }
  engine.give_back(job);
  CHECK(::access((folder / "missing").c_str(), F_OK) != 0);  // the kernel remembers that too
  engine.new_iteration();
  job = job_for(session, ask_open(folder / "missing", O_RDONLY));
  if (became == Engine::Attempt::kDone) {
    CHECK(engine.attempt(job) == Engine::Attempt::kDone);
    CHECK(job->error == ENOENT);
    CHECK_FALSE(engine.is_plain(*job));
  }
  engine.give_back(job);
  CHECK(session.stop());
}

TEST_CASE("no thread to be had: an op fails with EAGAIN, and a close is made all the same") {
  with_lanes(kThreads, disk(), [](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    const Folder other(disk());
    fault::arm({Point::kThread, Manner::kFails, EAGAIN, 1, true});
    CHECK(session.run(ask_path(Op::kMkdir, folder / "new")).error == EAGAIN);
    CHECK(session.run(ask_on(Op::kSync, fd)).error == EAGAIN);
    CHECK(session.run(ask_on(Op::kClose, fd)).error == 0);
    CHECK(::fcntl(fd, F_GETFD) < 0);
    fault::disarm();
    CHECK(session.run(ask_path(Op::kMkdir, folder / "new")).error == 0);
  });
}

TEST_CASE("a wait that cannot be set up fails its op by the call that waits, and the next one waits again") {
  // The first thread is the pool's, the second would wait.
  const auto without_thread = [](Session& session, Ask ask) {
    fault::arm({Point::kThread, Manner::kFails, EAGAIN, 2, false});
    const Outcome outcome = session.run(std::move(ask));
    CHECK(fault::disarm() == 1);
    CHECK(outcome.error == EAGAIN);
    return outcome.call;
  };
  const auto waits_again = [](Session& session, const std::string& fifo) {
    const uint32_t id = session.submit({ask_open(fifo, O_WRONLY)});
    session.turn_for(5);
    CHECK_FALSE(session.is_finished(id));
    session.engine().cancel(id);
    REQUIRE(session.turn_until_finished(id));
    CHECK(session.outcome(id).error == ECANCELED);
  };
  with_lanes(kThreads, disk(), [&](Session& session, const Folder& folder) {
    const std::string fifo = make_fifo(folder);
    CHECK(without_thread(session, ask_open(fifo, O_WRONLY)) == Call::kOpen);
    waits_again(session, fifo);
  });
  with_lanes(kThreads, disk(), [&](Session& session, const Folder& folder) {
    const std::string fifo = make_fifo(folder);
    CHECK(without_thread(session, ask_read_file(fifo)) == Call::kRead);
    waits_again(session, fifo);
  });
  with_lanes(kThreads, disk(), [&](Session& session, const Folder& folder) {
    const std::string fifo = make_fifo(folder);
    const int both = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(without_thread(session, ask_write(both, pattern(10, 1), -1)) == Call::kWrite);
    ::close(both);
    waits_again(session, fifo);
  });
  // Not even a bell: the open of the FIFO is the first call of this op, the eventfd is one of the next.
  with_lanes(kThreads, disk(), [&](Session& session, const Folder& folder) {
    const std::string fifo = make_fifo(folder);
    bool met = false;
    for (uint64_t nth = 1; nth <= 8 && !met; nth++) {
      fault::arm({Point::kCall, Manner::kFails, EMFILE, nth, false});
      const uint32_t id = session.submit({ask_read_file(fifo)});
      (void)session.turn_until_finished(id);
      fault::disarm();
      if (!session.is_finished(id)) {
        session.engine().cancel(id);
        REQUIRE(session.turn_until_finished(id));
      }
      met = session.outcome(id).error == EMFILE && session.outcome(id).call == Call::kRead;
    }
    CHECK(met);
    waits_again(session, fifo);
  });
}

TEST_CASE("without a descriptor to hold the current folder by, a relative path still finds its file there") {
  for (const Lanes& lanes : {kThreads, Lanes{"io_uring, ring", {has_ring(), Policy::Prefer::kRing}}}) {
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      const Inside inside(folder.path());
      write_plainly("file", pattern(10, 1));
      fault::arm({Point::kCall, Manner::kFails, EMFILE, 1, false});
      const uint32_t id = session.submit({ask_path(Op::kMkdir, "made", 0, 0777)});
      CHECK(fault::disarm() == 1);
      REQUIRE(session.turn_until_finished(id));
      CHECK(session.outcome(id).error == 0);
      CHECK(::access((folder / "made").c_str(), F_OK) == 0);
    });
  }
}

TEST_CASE("little room and much to do: what waits goes on whenever there is room again") {
  for (Lanes lanes : all_lanes()) {
    lanes.room = 7;
    with_lanes(lanes, disk(), [](Session& session, const Folder& folder) {
      write_plainly(folder / "file", pattern(100, 1));
      constexpr size_t kWrites = 600;
      constexpr size_t kLooks = 1500;
      std::vector<Ask> asks;
      for (size_t i = 0; i < kWrites; i++) asks.push_back(ask_path(Op::kAccess, folder / "file", X_OK));
      for (size_t i = 0; i < kWrites; i++) asks.push_back(ask_path(Op::kUnlink, folder / "missing"));
      for (size_t i = 0; i < kLooks; i++) asks.push_back(ask_path(Op::kStat, folder / std::to_string(i)));
      const uint32_t first = session.submit(std::move(asks));
      REQUIRE(session.turn_until_idle());
      size_t wrong = 0;
      for (uint32_t i = kWrites; i < 2 * kWrites + kLooks; i++) wrong += session.outcome(first + i).error != ENOENT;
      CHECK(wrong == 0);
      CHECK(session.host().complaint() == "");
    });
  }
}

TEST_CASE("stop: what was sent to a ring that cannot be had is dropped, its descriptors are closed") {
  if (!has_ring()) return;
  for (int round = 0; round < 10; round++) {
    with_lanes({"io_uring, ring", {true, Policy::Prefer::kRing}}, disk(), [](Session& session, const Folder& folder) {
      write_plainly(folder / "file", pattern(100, 1));
      const int fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
      fault::arm({Point::kSetUp, Manner::kFails, EPERM, 1, true});
      std::vector<Ask> asks;
      for (int i = 0; i < 20; i++) {
        asks.push_back(ask_read_file(folder / "file"));
        asks.push_back(ask_read(fd, 10, 0));
      }
      session.submit(std::move(asks));
      CHECK(session.stop());
      fault::disarm();
      ::close(fd);
    });
  }
}

TEST_CASE("an op on a descriptor that names none fails, and touches no other") {
  on_every_lane([](Session& session, const Folder&) {
    for (const Op op : {Op::kRead, Op::kWrite, Op::kSync, Op::kClose}) {
      INFO("op ", static_cast<int>(op));
      Ask ask = ask_path(op, "somewhere");
      ask.length = 10;
      ask.view = pattern(10, 1);
      CHECK(session.run(std::move(ask)).error == EBADF);
    }
  });
}
