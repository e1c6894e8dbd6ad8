#include "engine/ring_thread.h"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>

#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// user_data of sqes that are not a job's. No slot has this number.
constexpr uint64_t kDoorbellTag = 0xffffff00;
constexpr uint64_t kCancelTag = 0xffffff01;
constexpr int kErestartsys = 512;
// What every slot's chain and the doorbell may have in the queue at once.
constexpr unsigned kSqesOfChains = kRingSlots * kChainParts + 1;
static_assert(kSqesOfChains < kSqEntries);

}  // namespace

bool ring_cannot(int result) {
  switch (-result) {
    case EINVAL:  // an opcode or flag that this kernel or this filesystem does not know
    case EOPNOTSUPP:
    case EAGAIN:  // would have to wait, and the file cannot tell when it is ready
    case EBADF:   // no direct descriptor where one was expected
    case ENFILE:  // no room in the table of direct descriptors
    case ENXIO:   // a FIFO without a reader: Node's open waits for one
    case EINTR:
    case ECANCELED:  // a link broken by the part before it
    case kErestartsys:
      return true;
    default:
      return false;
  }
}

open_how how_without_links(int flags, uint32_t mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(static_cast<uint32_t>(flags));
  const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  how.mode = makes ? mode & 07777 : 0;  // a mode without a file to make is EINVAL
  how.resolve = RESOLVE_NO_SYMLINKS;
  return how;
}

RingThread::RingThread(Sink& sink, const Kernel& kernel, Counters& counters)
    : sink_(sink), counters_(counters), ring_(kernel, counters), slots_(kRingSlots) {
  for (unsigned i = kRingSlots; i > 0; i--) free_slots_.push_back(i - 1);
}

bool RingThread::start() {
  return doorbell_.ok() && thread_.start("ringfs-ring", [this] { run(); });
}

void RingThread::push(Job* job) { orders_.push(Order{job, job->serial, false}); }

void RingThread::wake() {
  if (sleeping_.exchange(false)) doorbell_.signal();
}

void RingThread::cancel(Job* job, uint64_t serial) {
  orders_.push(Order{job, serial, true});
  wake();
}

bool RingThread::stop(int64_t deadline_ns) {
  stopping_.store(true);
  sleeping_.store(false);
  doorbell_.signal();
  return thread_.join_until(deadline_ns);
}

void RingThread::run() {
  // The probe found a ring; this one may have to wait for descriptors or memory.
  for (;;) {
    const int r = ring_.set_up();
    if (r == 0) break;
    if (!go_past(is_passing(-r))) return;
  }
  // Free slots are taken from the back, the lowest number first.
  slots_.resize(ring_.chains());
  free_slots_.erase(free_slots_.begin(), free_slots_.end() - static_cast<long>(ring_.chains()));
  for (;;) {
    // Before the orders are taken: whatever was pushed ahead of stop() is then among them.
    const bool stopping = stopping_.load();
    take_orders();
    if (stopping && !cancelled_all_) {
      cancelled_all_ = true;
      for (unsigned i = 0; i < slots_.size(); i++) {
        if (slots_[i].job != nullptr) cancel_slot(i);
      }
    }
    if (cancels_pending_) cancel_again();
    while (!waiting_.empty() && (!free_slots_.empty() || stopping)) {
      Job* job = waiting_.front();
      waiting_.pop_front();
      if (!stopping && !job->cancelled.load()) {
        begin(job);
      } else {
        turn_away(job);
      }
    }
    flush();
    if (stopping && free_slots_.size() == slots_.size()) return;

    arm_doorbell();
    // With every slot taken a doorbell would find no room, so it is not waited for.
    const bool saturated = free_slots_.empty() && !waiting_.empty() && !quiet_;
    sleeping_.store(!saturated);
    int refused = 0;
    if (!saturated && !orders_.empty()) {
      sleeping_.store(false);
      refused = ring_.submit_and_wait(0, 0);
    } else {
      // With many in flight several are waited for, but a doorbell never waits long behind them.
      const auto busy = static_cast<unsigned>(slots_.size() - free_slots_.size());
      const bool many = busy >= kManyInFlight && !quiet_;
      // Results that the loop thread has no time for yet need no hurry.
      const bool ahead = busy >= kAheadInFlight && sink_.unread() >= kAheadOfLoop && !quiet_;
      const unsigned wait = saturated ? kSaturatedWaitCqes : ahead ? busy * 3 / 4 : many ? busy / 4 : 1;
      const int64_t limit_ns = saturated          ? kSaturatedWaitNs
                               : ahead            ? kAheadWaitNs
                               : many             ? kManyWaitNs
                               : cancels_pending_ ? kCancelAgainNs
                                                  : 0;
      refused = ring_.submit_and_wait(wait, limit_ns);
      sleeping_.store(false);
      // Where nothing came in that time nothing may come for long (slots full of hung requests): then the thread sleeps
      // until something happens, and does not look again and again.
      quiet_ = (saturated || ahead || many || quiet_) && !ring_.has_cqes();
    }
    if (refused != 0) {
      counters_.ring_errno.store(refused);
      retire();
      go_past(false);
      return;
    }
    ring_.reap([this](uint64_t user_data, int result) { on_cqe(user_data, result); });
    // Not inside the reap: going on prepares sqes, and may have to enter the kernel for room.
    for (const unsigned index : ready_) go_on(index);
    ready_.clear();
    flush();
  }
}

void RingThread::take_orders() {
  taken_.clear();
  orders_.take(taken_);
  for (const Order& order : taken_) {
    if (!order.is_cancel) {
      waiting_.push_back(order.job);
      continue;
    }
    for (unsigned i = 0; i < slots_.size(); i++) {
      if (slots_[i].job == order.job && slots_[i].serial == order.serial) cancel_slot(i);
    }
  }
}

void RingThread::begin(Job* job) {
  const unsigned index = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[index];
  slot.job = job;
  slot.serial = job->serial;
  slot.phase = 0;
  slot.in_flight = 0;
  go_on(index);
}

void RingThread::go_on(unsigned index) {
  Slot& slot = slots_[index];
  Job* job = slot.job;
  ring_.make_room(kChainParts);
  slot.first = slot.phase == 0;
  slot.parts = 0;
  // Each chain has a generation of its own: a cqe that comes twice cannot answer for the next chain of the same job.
  slot.generation += 1;
  Chain chain(ring_, slot, index);
  const Step step = table_of(job->op).on_ring(*job, chain);
  if (step == Step::kInFlight) return;
  // What a cancelled request came back with may say nothing of the file.
  if (job->error != 0 && job->cancelled.load() && ring_cannot(-job->error)) job->error = ECANCELED;
  // The kernel's own number of an interrupted call, where no plain call could take over.
  if (job->error == kErestartsys) job->error = EINTR;
  if ((step == Step::kDone || step == Step::kToLoop) && job->lane != Lane::kRing) {
    job->lane = Lane::kRing;
    Counters::add(counters_.ring_ops);
  }
  slot.job = nullptr;
  free_slots_.push_back(index);
  pass_on(job, step);
}

void RingThread::on_cqe(uint64_t user_data, int result) {
  if (user_data == kDoorbellTag) {
    doorbell_armed_ = false;
    doorbell_.clear();
    return;
  }
  if (user_data == kCancelTag) return;
  const unsigned part = user_data & 0xff;
  const auto index = static_cast<unsigned>((user_data >> 8) & 0xffffff);
  const auto generation = static_cast<uint32_t>(user_data >> 32);
  const bool known = index < slots_.size() && part < kChainParts && slots_[index].generation == generation &&
                     (slots_[index].in_flight & (1u << part)) != 0;
  if (!known) {
    Counters::add(counters_.stale_cqes);
    return;
  }
  Slot& slot = slots_[index];
  slot.results[part] = result;
  if (result == -EINVAL || result == -EOPNOTSUPP) slot.job->refused = true;
  slot.in_flight &= ~(1u << part);
  if (slot.in_flight == 0) ready_.push_back(index);
}

void RingThread::cancel_slot(unsigned index) {
  Slot& slot = slots_[index];
  const Chain chain(ring_, slot, index);
  slot.job->cancelled.store(true);
  cancels_pending_ = true;
  for (unsigned part = 0; part < kChainParts; part++) {
    if ((slot.in_flight & (1u << part)) == 0) continue;
    // Chains and the doorbell always find room. While the kernel refuses to be entered, repeated cancels would take it.
    ring_.make_room(kSqesOfChains + 1);
    if (ring_.room() <= kSqesOfChains) return;  // this request ends in its own time
    io_uring_sqe* sqe = ring_.next_sqe();
    io_uring_prep_cancel64(sqe, chain.user_data(part), 0);
    sqe->user_data = kCancelTag;
  }
}

// A request that waits behind another one of its chain cannot be found by a cancel; it begins when that one ends, and
// may then wait for ever (a FIFO without data). So cancels are repeated until the chain has come to its end.
void RingThread::cancel_again() {
  // The cancels' own cqes end the wait: without the clock this would go round as fast as it can.
  const int64_t now = sys::now_ns();
  if (now < cancel_again_ns_) return;
  cancel_again_ns_ = now + kCancelAgainNs;
  cancels_pending_ = false;
  for (unsigned i = 0; i < slots_.size(); i++) {
    if (slots_[i].job != nullptr && slots_[i].in_flight != 0 && slots_[i].job->cancelled.load()) cancel_slot(i);
  }
}

void RingThread::arm_doorbell() {
  if (doorbell_armed_) return;
  ring_.make_room(1);
  io_uring_sqe* sqe = ring_.next_sqe();
  io_uring_prep_poll_add(sqe, doorbell_.fd(), POLLIN);
  sqe->user_data = kDoorbellTag;
  doorbell_armed_ = true;
}

void RingThread::flush() {
  for (const auto& [job, step] : passing_) sink_.pass_on(job, step);
  passing_.clear();
}

// The kernel will not be entered any more. What it never took, or has finished, is known; what it still holds is not.
void RingThread::retire() {
  retired_.store(true);
  ring_.cancel_everything();
  ring_.reap([this](uint64_t user_data, int result) { on_cqe(user_data, result); });
  // Chains that are through get on with it; what they would still prepare is taken back with the rest.
  for (const unsigned index : ready_) go_on(index);
  ready_.clear();
  ring_.take_back([this](uint64_t user_data) { on_cqe(user_data, -ENOEXEC); });
  ready_.clear();
  for (Slot& slot : slots_) {
    if (slot.job != nullptr) retire_slot(slot);
  }
  flush();
}

void RingThread::retire_slot(Slot& slot) {
  Job* job = slot.job;
  slot.job = nullptr;
  bool untouched = slot.first && slot.in_flight == 0;
  for (unsigned part = 0; part < slot.parts; part++) untouched = untouched && slot.results[part] == -ENOEXEC;
  // Reading begins anew; what changes something is not done twice.
  const bool repeats = job->op == Op::kReadFile && !job->has(option::kOnHandle) && slot.in_flight == 0;
  if (repeats && !untouched) {
    const bool took = job->done > 0;
    job->begin_again();
    job->has_taken = took;
  }
  if (untouched || repeats) {
    pass_on(job, Step::kToPool);
    return;
  }
  // Perhaps done, perhaps not. Memory, names and descriptor of a request that the kernel still holds stay as they are
  // for good.
  job->abandoned = slot.in_flight != 0;
  if (job->abandoned) Counters::add(counters_.abandoned);
  job->fail(EIO, Call::kNone);
  pass_on(job, Step::kDone);
}

void RingThread::turn_away(Job* job) {
  if (job->fd >= 0) {
    // With a file at hand there is something to end: a close is made, a half-written file is cut.
    job->cancelled.store(true);
    pass_on(job, Step::kToPool);
  } else {
    job->fail(ECANCELED, Call::kNone);
    pass_on(job, Step::kDone);
  }
}

// The pool does the work. True once a job has come kAskAgainNs later, where asking again may help; false at the end.
bool RingThread::go_past(bool may_help) {
  const int64_t again_ns = sys::now_ns() + kAskAgainNs;
  while (!stopping_.load()) {
    take_orders();
    if (may_help && !waiting_.empty() && sys::now_ns() >= again_ns) return true;
    for (Job* job : waiting_) sink_.pass_on(job, Step::kToPool);
    waiting_.clear();
    sleeping_.store(true);
    if (orders_.empty()) {
      pollfd bell{doorbell_.fd(), POLLIN, 0};
      ::poll(&bell, 1, -1);
      doorbell_.clear();
    }
    sleeping_.store(false);
  }
  take_orders();
  for (Job* job : waiting_) turn_away(job);
  flush();
  return false;
}

}  // namespace ringfs
