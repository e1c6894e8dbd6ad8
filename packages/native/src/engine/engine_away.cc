// Jobs on their way from the loop thread: which lane each takes, and what it takes along; and the threads' way back.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/limits.h"
#include "engine/reach.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

bool is_relative(const std::string& path) { return path.empty() || path[0] != '/'; }

// Whether what the job is about depends on the current folder.
bool starts_in_folder(const Job& job) {
  if (job.has(option::kOnHandle)) return false;
  switch (job.op) {
    case Op::kRead:
    case Op::kWrite:
    case Op::kClose:
    case Op::kSync:
    case Op::kCount:
      return false;
    case Op::kRename:
    case Op::kLink:
    case Op::kCopyFile:
      return is_relative(job.path) || is_relative(job.path2);
    case Op::kSymlink:
      return is_relative(job.path2);  // the first one is only text
    default:
      return is_relative(job.path);
  }
}

}  // namespace

// Takes along what the job needs of this moment: the current folder, for a relative path.
void Engine::leave_loop(Job* job) {
  if (job->dir || !starts_in_folder(*job)) return;
  if (!batch_dir_) {
    const int fd = sys::openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    // Without a descriptor left (EMFILE) the current folder of that later time has to do.
    if (fd < 0) return;
    std::array<char, PATH_MAX> name{};
    const bool named = mounts_.any_may_wait() && ::getcwd(name.data(), name.size()) != nullptr;
    batch_dir_ = std::make_shared<Directory>(fd, named ? name.data() : "");
  }
  job->dir = batch_dir_;
}

// A descriptor of our own, unless the file is the engine's anyway or is given up to it: Node closes a FileHandle's
// descriptor at garbage collection and at tear-down, and the number may then mean another file.
// False: none is left, and somebody who is away will give one back.
bool Engine::own_descriptor(Job* job) {
  if (job->fd < 0 || job->owns_fd || job->op == Op::kClose) return true;
  const int own = sys::duplicate(job->fd);
  if (own >= 0) {
    job->fd = own;
    job->owns_fd = true;
    return true;
  }
  if (own != -EBADF && away_ > parking_.waiting() + slow_away_) return false;
  job->fail(-own, Call::kNone);
  return true;
}

bool Engine::send(Job* job) {
  leave_loop(job);
  judge(job);
  if (job->reach != Reach::kMayWait || (slow_.empty() && slow_room() > 0)) return send_judged(job);
  slow_.push_back(job);
  return true;
}

size_t Engine::slow_room() const {
  const size_t held = slow_away_ + closing_;
  return held < kMaxSlowAway ? kMaxSlowAway - held : 0;
}

void Engine::judge(Job* job) {
  if (!mounts_.any_may_wait()) return;
  job->reach = reach_of(*job, mounts_);
  job->waiting = mounts_.waiting();
}

bool Engine::send_judged(Job* job) {
  if (!own_descriptor(job)) return false;
  if (job->error != 0) {
    finish(job);
    return true;
  }
  away_ += 1;
  if (job->reach == Reach::kMayWait) slow_away_ += 1;
  route(job, on_loop(job));
  return true;
}

// In the order in which they came: a close stays behind what was asked of its descriptor.
void Engine::send_slow() {
  while (!slow_.empty() && slow_room() > 0 && !host_.full()) {
    if (!send_judged(slow_.front())) return;
    slow_.pop_front();
  }
}

// The close of a file on a filesystem that may never answer is not for the loop thread.
Step Engine::on_loop(Job* job) {
  const bool keeps = job->reach == Reach::kMayWait && job->owns_fd;
  if (keeps) job->owns_fd = false;
  const Step step = table_of(job->op).on_loop(*job, side_);
  if (keeps) job->owns_fd = true;
  return step;
}

void Engine::come_home(Job* job) {
  away_ -= 1;
  if (job->reach == Reach::kMayWait) slow_away_ -= 1;
  if (job->refused && job->error == 0 && job->lane == Lane::kBlocking) refusals_.learn(*job);
  finish(job);
}

// Loop thread: the job has been through on_loop and counts as away.
void Engine::route(Job* job, Step step) {
  if (step == Step::kDone) {
    come_home(job);
    return;
  }
  // Without symbolic links only opens can be made on the ring.
  const bool opens = job->op == Op::kReadFile || job->op == Op::kWriteFile || job->op == Op::kOpen;
  const bool may_ring = job->reach == Reach::kLocal || (job->reach == Reach::kUnproven && opens);
  if (step == Step::kToRing && may_ring && !job->shared && table_of(job->op).on_ring != nullptr &&
      !refusals_.speak_against(*job)) {
    if (RingThread* thread = ring()) {
      job->sent_dev = job->facts.dev;
      thread->push(job);
      ring_to_wake_ = true;
      return;
    }
  }
  BlockingPool& pool = pool_for(*job);
  if (pool.ready()) {
    (&pool == &pool_ ? for_pool_ : for_slow_pool_).push_back(job);
    return;
  }
  // Not one thread to be had. A close is made all the same: its descriptor was given up for good.
  if (job->op == Op::kClose) {
    table_of(job->op).on_pool(*job);
  } else {
    job->fail(EAGAIN, Call::kNone);
  }
  come_home(job);
}

RingThread* Engine::ring() {
  if (ring_) return ring_->retired() ? nullptr : ring_.get();
  const int64_t now = sys::now_ns();
  if (now < ring_again_ns_) return nullptr;
  ring_ = std::make_unique<RingThread>(*this, kernel_, counters_);
  if (!ring_->start()) {
    ring_.reset();
    ring_again_ns_ = now + kAskAgainNs;
  }
  return ring_.get();
}

// Any thread.
void Engine::pass_on(Job* job, Step step) {
  switch (step) {
    case Step::kParkRead:
    case Step::kParkWrite:
    case Step::kParkRetry:
      parking_.park(job, step);
      if (held_back_.exchange(false)) notifier_.signal();
      return;
    case Step::kToPool:
      if (pool_for(*job).push(job)) return;
      job->fail(EAGAIN, Call::kNone);
      break;
    case Step::kToLoop:
    case Step::kDone:
      break;
    case Step::kToRing:
    case Step::kInFlight:
      // Only the loop thread sends jobs to the ring, and what is in flight stays there.
      job->fail(EINVAL, Call::kNone);
      break;
  }
  job->away_step = step;
  unread_.fetch_add(1, std::memory_order_relaxed);
  arrived_.push(job);
  // Who looks takes what was pushed before it stopped; after that it is seen not to look.
  if (looking_.load()) return;
  if (notifier_.signal()) Counters::add(counters_.notifications);
}

size_t Engine::awaited() const {
  const size_t for_long = parking_.waiting() + slow_away_;
  return away_ > for_long ? away_ - for_long : 0;
}

bool Engine::awaits_some() const {
  const size_t count = awaited();
  return count > 0 && count <= kYieldFor;
}

bool Engine::may_look() const { return awaits_some() && answer_wait_.pays(); }

bool Engine::look_for_results() {
  if (!may_look()) {
    // An iteration in which nothing is awaited is no wait.
    if (awaits_some()) answer_wait_.slept();
    return false;
  }
  looking_.store(true);
  const auto come = [this] { return unread() > 0; };
  const bool found = awaited() <= kLookFor ? ShortWait::look(come) : ShortWait::let_run(come);
  looking_.store(false);
  answer_wait_.learn(found);
  return !arrived_.empty();
}

}  // namespace ringfs
