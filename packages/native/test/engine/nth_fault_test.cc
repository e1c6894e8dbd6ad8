// The nth-fault loop: for every op, on every lane, the first, second, third ... call goes wrong, until the op gets
// through without meeting the fault. After each try: the op was settled exactly once, with a right answer or with the
// error that was put in; descriptors, threads and memory are back to where they were; the next op is right.
//
// `npm test` takes a sample. RINGFS_FAULTS=all (`npm run test:faults`) takes everything, RINGFS_FAULTS=wide (`npm run
// coverage`) every op on every lane with a few errnos.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

#include "fault_cases.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;
using fault::Manner;
using fault::Plan;
using fault::Point;

namespace {

constexpr uint64_t kMostFaults = 400;
constexpr int kErestartsys = 512;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

bool asked_for(const char* which) {
  const char* asked = std::getenv("RINGFS_FAULTS");
  return asked != nullptr && std::strcmp(asked, which) == 0;
}

bool takes_all() { return asked_for("all"); }
bool takes_every_lane() { return takes_all() || asked_for("wide"); }

// What a sample takes: one op in so many, on one lane of those where the fault can be met; other ones in the next run.
// A sanitizer makes each try dear.
size_t one_in(Point point) {
  const bool in_every_step = point == Point::kCall || point == Point::kSqe || point == Point::kEnter;
  return (in_every_step ? 2 : 4) * (kSanitized ? 4 : 1);
}

std::vector<Lanes> sample_lanes(Point point) {
  std::vector<Lanes> lanes;
  for (const Lanes& one : all_lanes()) {
    const bool ring = one.policy.prefer == Policy::Prefer::kRing;
    const bool away = ring || one.policy.prefer == Policy::Prefer::kBlocking;
    const bool at_ring =
        point == Point::kSetUp || point == Point::kRegister || point == Point::kEnter || point == Point::kSqe;
    const bool leaves_loop = point == Point::kThread || point == Point::kNotify;
    if (at_ring ? ring : away || !leaves_loop) lanes.push_back(one);
  }
  return lanes;
}

struct Tally {
  size_t tries = 0;
  size_t struck = 0;
  size_t with_error = 0;
  std::string complaints;
  size_t complained = 0;

  void complain(const std::string& what) {
    complained += 1;
    if (complained <= 20) complaints += "\n  " + what;
  }
};

// An answer with an error must be the one put in, or what follows from a thread that could not be had.
bool may_answer(const Plan& plan, int error) {
  if (plan.manner == Manner::kMet) return error == ECANCELED;
  if (plan.manner != Manner::kFails) return false;
  // A ring given up in the middle of an op that cannot be repeated.
  if (plan.point == Point::kEnter) return error == EIO;
  if (plan.point == Point::kMemory) return error == ENOMEM;
  if (plan.point == Point::kThread) return error == EAGAIN;
  // The kernel's own number never comes out.
  if (plan.error == kErestartsys) return error == EINTR;
  return error == plan.error;
}

constexpr size_t kCompanyBytes = 700;

std::string name_in_company(const Folder& folder, size_t i) { return folder / ("company-" + std::to_string(i)); }

// Turns until the op is settled, or with company all are. The op is cancelled while a call of it is under way.
bool finish(Session* session, uint32_t id, bool company, bool cancels) {
  const auto done = [&] {
    if (cancels && fault::is_met()) {
      session->engine().cancel(id);
      fault::go_on();
    }
    return company ? session->engine().in_flight() == 0 : session->is_finished(id);
  };
  if (!cancels) return session->turn_until(done, kHang);
  const int64_t deadline = milliseconds() + kHang;
  while (!done()) {
    if (milliseconds() > deadline) return false;
    session->turn(1);
  }
  return true;
}

// One try. True if the fault was met.
bool attempt(const FaultCase& which, const Lanes& lanes, const Plan& plan, Tally* tally) {
  const std::string where = lanes.name + ": " + which.name + ": " + fault::describe(plan);
  if (std::getenv("RINGFS_TEST_TELL") != nullptr) std::fprintf(stderr, "%s\n", where.c_str());
  const int64_t blocks = fault::live_blocks();
  const int descriptors = count_descriptors();
  const int threads = count_threads();
  uint64_t struck = 0;
  uint64_t abandoned = 0;  // what a kernel that takes no more enters still holds must never be freed
  std::string complaint;
  {
    const Folder folder(disk());
    Scene scene(folder);
    Ask ask = which.ask(scene);
    const int given = ask.op == Op::kClose ? ask.fd : -1;
    for (uint32_t i = 0; i < which.company; i++) {
      write_plainly(name_in_company(folder, i), pattern(kCompanyBytes + i, i));
    }
    fault::arm(plan);
    std::unique_ptr<Session> session;
    try {
      session = std::make_unique<Session>(lanes.policy, lanes.room);
    } catch (const std::runtime_error&) {
      // Not even a notifier was to be had: whoever asks is told so at once.
    }
    if (session == nullptr) {
      struck = fault::disarm();
      if (given >= 0) ::close(given);
      if (struck == 0) complaint = "no engine";
    } else {
      std::vector<Ask> asks;
      asks.push_back(std::move(ask));
      for (size_t i = 0; i < which.company; i++) asks.push_back(ask_read_file(name_in_company(folder, i)));
      const uint32_t id = session->submit(std::move(asks));
      const bool finished = finish(session.get(), id, which.company > 0, plan.manner == Manner::kMet);
      struck = fault::disarm();
      if (!finished) {
        complaint = "it never finished";
      } else {
        for (uint32_t i = 0; i < which.company; i++) {
          const Outcome& other = session->outcome(id + 1 + i);
          const bool right = other.error == 0 ? other.bytes == pattern(kCompanyBytes + i, i)
                                              : struck > 0 && may_answer(plan, other.error);
          if (other.finished != 1 || !right) complaint = "number " + std::to_string(i) + " of its company is wrong";
        }
        const Outcome& outcome = session->outcome(id);
        if (outcome.finished != 1) complaint = "it finished more than once";
        if (outcome.error == 0) {
          const std::string judged = which.judge(scene, outcome);
          if (!judged.empty()) complaint = judged;
        } else if (!may_answer(plan, outcome.error) || struck == 0) {
          complaint =
              "error " + std::to_string(outcome.error) + " in call " + std::to_string(static_cast<int>(outcome.call));
        }
      }
      if (session->engine().in_flight() != 0) complaint += ", something is left in flight";
      if (complaint.empty()) {
        write_plainly(folder / "next", pattern(500, 7));
        const uint32_t next = session->submit({ask_read_file(folder / "next")});
        const bool right = session->turn_until_finished(next, kHang) && session->outcome(next).error == 0 &&
                           session->outcome(next).bytes == pattern(500, 7);
        if (!right) complaint = "the next op is wrong";
      }
      if (!session->host().complaint().empty()) complaint += session->host().complaint();
      abandoned = session->engine().counters().abandoned.load();
      session->stop();
    }
  }
  if (abandoned == 0 && !back_to(descriptors, threads)) complaint += " (descriptors or threads are left)";
  if (abandoned == 0 && fault::live_blocks() != blocks) {
    complaint += " (" + std::to_string(fault::live_blocks() - blocks) + " blocks of memory are left)";
  }
  tally->tries += 1;
  tally->struck += struck > 0;
  if (!complaint.empty()) tally->complain(where + ": " + complaint);
  return struck > 0;
}

void loop(const FaultCase& which, const Lanes& lanes, Plan plan, Tally* tally) {
  for (plan.nth = 1; plan.nth <= kMostFaults; plan.nth++) {
    if (!attempt(which, lanes, plan, tally)) return;
    if (tally->complained > 50) return;
  }
  tally->complain(which.name + ": still failing at the " + std::to_string(kMostFaults) + "th");
}

void loop_over_everything(Point point, Manner manner, const std::vector<int>& errors, bool once, bool for_good,
                          uint64_t times = 1) {
  warm_up();
  Tally tally;
  // Whatever is made once for the process is made before anything is counted.
  for (const Lanes& lanes : all_lanes()) {
    Plan nothing;
    nothing.nth = 1'000'000'000;
    Tally ignored;
    attempt(fault_cases()[0], lanes, nothing, &ignored);
  }
  const char* only = std::getenv("RINGFS_FAULT_CASE");
  const bool sample = !takes_every_lane() && only == nullptr;
  const std::vector<Lanes> some = sample_lanes(point);
  // Each manner of fault begins with another op.
  const size_t first = seed() + 5 * static_cast<size_t>(point) + 3 * static_cast<size_t>(manner);
  const auto over = [&](const FaultCase& which, size_t turn) {
    std::vector<Lanes> lanes = all_lanes();
    // Attempts are shared on the first alone.
    if (sample) lanes = {which.company > 0 ? lanes[0] : some[turn / one_in(point) % some.size()]};
    for (const Lanes& lane : lanes) {
      for (const int error : errors) {
        if (once) loop(which, lane, Plan{point, manner, error, 1, false, times}, &tally);
        // What is interrupted for good is repeated for good, and what has never anything ready is waited for.
        const bool ends = error != EINTR && (point != Point::kCall || error != EAGAIN);
        if (for_good && ends) loop(which, lane, Plan{point, manner, error, 1, true}, &tally);
      }
    }
  };
  const auto chosen = [&](const FaultCase& which) {
    return only == nullptr || which.name.find(only) != std::string::npos;
  };
  const auto taken = [&](size_t turn) { return !sample || turn % one_in(point) == 0; };
  size_t turn = first;
  for (const FaultCase& which : fault_cases()) {
    turn += 1;
    if (chosen(which) && taken(turn)) over(which, turn);
  }
  // A sample may hold only ops that have nothing of the kind (most of them need no memory, say): then the others too,
  // until one has.
  turn = first;
  for (const FaultCase& which : fault_cases()) {
    turn += 1;
    if (tally.struck > 0) break;
    if (sample && !taken(turn)) over(which, turn);
  }
  INFO("RINGFS_TEST_SEED=", seed());
  MESSAGE(tally.tries, " tries, ", tally.struck, " of them met their fault");
  CHECK_MESSAGE(tally.complained == 0, tally.complained, " wrong:", tally.complaints);
  CHECK(tally.struck > 0);
}

}  // namespace

TEST_CASE("nth fault: system calls that fail") {
  const std::vector<int> sample = {EIO};
  const std::vector<int> wide = {EIO, EINTR, EAGAIN, EPERM, EACCES, EINVAL, ENOSYS, ENOSPC, ENXIO};
  const std::vector<int> all = {EIO,    EINTR, EAGAIN, ENOMEM, EMFILE, ENFILE,     ENOSPC, EDQUOT,
                                EACCES, EPERM, EINVAL, ENOSYS, EBADF,  EOPNOTSUPP, ENXIO,  ESPIPE};
  const auto& errors = takes_all() ? all : takes_every_lane() ? wide : sample;
  loop_over_everything(Point::kCall, Manner::kFails, errors, true, takes_all());
}

// The second way of doing it fails too, or the tidying up after the first failure does.
TEST_CASE("nth fault: two system calls in a row that fail") {
  loop_over_everything(Point::kCall, Manner::kFails, {EXDEV}, true, false, 2);
}

TEST_CASE("nth fault: system calls that move one byte, or one byte less") {
  loop_over_everything(Point::kCall, Manner::kShort, {0}, true, takes_all());
  loop_over_everything(Point::kCall, Manner::kAlmost, {0}, true, takes_all());
}

TEST_CASE("nth fault: memory that is not to be had") {
  loop_over_everything(Point::kMemory, Manner::kFails, {ENOMEM}, true, true);
}

TEST_CASE("nth fault: threads that cannot be started") {
  loop_over_everything(Point::kThread, Manner::kFails, {EAGAIN}, true, true);
}

TEST_CASE("nth fault: a ring that cannot be made, or lacks its direct descriptors") {
  if (!has_ring()) return;
  loop_over_everything(Point::kSetUp, Manner::kFails, {ENOMEM, EMFILE, EPERM}, true, true);
  loop_over_everything(Point::kRegister, Manner::kFails, {ENOMEM, EINVAL}, true, true);
}

TEST_CASE("nth fault: submissions that fail, and completions in another order") {
  if (!has_ring()) return;
  loop_over_everything(Point::kEnter, Manner::kFails, {EINTR, EAGAIN, EBUSY, ENOMEM}, true, false);
  loop_over_everything(Point::kEnter, Manner::kReordered, {0}, true, true);
  // Refused from some moment on, as by a seccomp filter; and no memory for it, which is waited for a second.
  loop_over_everything(Point::kEnter, Manner::kFails, {EPERM}, true, true);
  if (takes_all()) loop_over_everything(Point::kEnter, Manner::kFails, {EAGAIN, ENOSYS}, false, true);
}

TEST_CASE("nth fault: requests that fail, move one byte, or complete twice") {
  if (!has_ring()) return;
  if (!fault::can_spoil_sqes()) {
    MESSAGE("IORING_OP_NOP cannot be told its result here: not tried");
    return;
  }
  const std::vector<int> sample = {EIO, EINVAL};
  const std::vector<int> all = {EIO,    EINVAL, EAGAIN, EINTR, ENOMEM, EMFILE,       ENFILE,    ENOSPC,    EDQUOT,
                                EACCES, EPERM,  ENOSYS, EBADF, ENXIO,  kErestartsys, ECANCELED, EOPNOTSUPP};
  loop_over_everything(Point::kSqe, Manner::kFails, takes_all() ? all : sample, true, takes_all());
  loop_over_everything(Point::kSqe, Manner::kShort, {0}, true, takes_all());
  loop_over_everything(Point::kSqe, Manner::kAlmost, {0}, true, takes_all());
  loop_over_everything(Point::kSqe, Manner::kDoubled, {0}, true, takes_all());
}

TEST_CASE("nth fault: notifications that are interrupted, late or doubled") {
  loop_over_everything(Point::kNotify, Manner::kFails, {EINTR}, true, false);
  loop_over_everything(Point::kNotify, Manner::kDelayed, {0}, true, true);
  loop_over_everything(Point::kNotify, Manner::kDoubled, {0}, true, true);
}

// Not at random moments, as the tests of cancel are, but at every one there is outside of the loop thread.
TEST_CASE("nth fault: a cancel amid a system call or a submission ends in success or in ECANCELED") {
  loop_over_everything(Point::kCall, Manner::kMet, {0}, true, false);
  if (has_ring()) loop_over_everything(Point::kEnter, Manner::kMet, {0}, true, false);
}
