#include "engine/engine.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/limits.h"
#include "engine/reach.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// What another thread does as well as a cached attempt: a whole file in one job. Anything else would pay a thread hop
// for one system call.
bool is_shared(const Job& job) { return job.op == Op::kReadFile; }

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

// What the kernel may still write to is never freed, and stays within reach: it is no leak.
void keep_for_good(std::unique_ptr<Job> job) {
  static auto* const mutex = new std::mutex;
  static auto* const kept = new std::vector<std::unique_ptr<Job>>;
  const std::lock_guard<std::mutex> lock(*mutex);
  kept->push_back(std::move(job));
}

}  // namespace

Engine::Engine(Host& host, const Policy& policy, const Kernel& kernel)
    : host_(host),
      policy_(policy),
      kernel_(kernel),
      cached_(host, mounts_, counters_, kernel_, policy.use_ring && kernel.has_ring),
      side_(host, mounts_),
      pool_(*this, counters_, "ringfs-pool", kPoolThreads),
      slow_pool_(*this, counters_, "ringfs-slow", kSlowThreads),
      parking_(*this, counters_) {
  side_.set_lanes(policy.use_ring && kernel.has_ring, policy.prefer == Policy::Prefer::kRing,
                  policy.prefer == Policy::Prefer::kBlocking);
}

Engine::~Engine() {
  for (auto& job : all_) {
    if (job->abandoned) keep_for_good(std::move(job));
  }
}

Job* Engine::take() {
  if (spare_.empty()) {
    all_.push_back(std::make_unique<Job>());
    return all_.back().get();
  }
  Job* job = spare_.back();
  spare_.pop_back();
  kept_bytes_ -= job->memory.capacity();
  return job;
}

void Engine::give_back(Job* job) {
  job->reset();
  // Memory that has been touched already costs no page faults (1 to 2 us a page on a virtual machine), so what fits
  // into the bound is kept for the next op. A burst leaves many jobs behind: the bound is for all of them together.
  if (kept_bytes_ + job->memory.capacity() > kKeptMemory) job->memory.release();
  kept_bytes_ += job->memory.capacity();
  spare_.push_back(job);
}

// ---- in ------------------------------------------------------------------------------------------------------

void Engine::begin_batch() { Counters::add(counters_.batches); }

void Engine::note_in_flight(Job* job) {
  if (by_id_.size() <= job->id) by_id_.resize(job->id + 1, nullptr);
  by_id_[job->id] = job;
  in_flight_ += 1;
  if (in_flight_ > max_in_flight_) max_in_flight_ = in_flight_;
}

Engine::Attempt Engine::attempt(Job* job) {
  // What came earlier and still waits goes first.
  if (!deferred_.empty() || !may_try(*job) || !within_budget()) return Attempt::kNotTried;
  if (policy_.prefer != Policy::Prefer::kCached && !cached_.promising()) return Attempt::kNotTried;
  if (!cached_.attempt(*job)) {
    let_go(job);
    return Attempt::kMissed;
  }
  return Attempt::kDone;
}

void Engine::adopt(Job* job) {
  note_in_flight(job);
  // Its relative path starts in the folder of this moment, which may be another one when the batch goes.
  leave_loop(job);
  job->settled_in = true;
  batch_dir_.reset();
  backlog_.push_back(job);
}

void Engine::abandon(Job* job) {
  drop(job);
  give_back(job);
}

void Engine::accept(Job* job) {
  note_in_flight(job);
  if (!may_try(*job)) {
    backlog_.push_back(job);
  } else if (!deferred_.empty() || !within_budget()) {
    deferred_.push_back(job);  // what came earlier and still waits goes first
  } else {
    try_soon(job);
  }
}

void Engine::end_batch() {
  try_together();
  const size_t waiting = in_flight_ - away_;
  dispatch();
  // Whoever stays behind keeps the folder that its path starts in: the caller may chdir.
  if (waiting > 0) {
    keep_folder(backlog_);
    keep_folder(deferred_);
    keep_folder(slow_);
  }
  batch_dir_.reset();
}

// From the newest back to the first that an earlier batch has seen to.
void Engine::keep_folder(std::deque<Job*>& queue) {
  for (auto job = queue.rbegin(); job != queue.rend() && !(*job)->settled_in; ++job) {
    leave_loop(*job);
    (*job)->settled_in = true;
  }
}

bool Engine::within_budget() {
  const int64_t now = sys::now_ns();
  if (budget_ends_ns_ == 0) {
    budget_ends_ns_ = now + kLoopBudgetNs;
    refresh_mounts();
    return true;
  }
  return now < budget_ends_ns_;
}

void Engine::refresh_mounts() {
  if (!mounts_fresh_) mounts_.refresh();
  mounts_fresh_ = true;
}

bool Engine::may_try(const Job& job) const {
  return policy_.prefer != Policy::Prefer::kRing && policy_.prefer != Policy::Prefer::kBlocking &&
         table_of(job.op).cached != nullptr && cached_.available();
}

// Tries a job, at once or, where attempts can share a system call, with the next ones.
void Engine::try_soon(Job* job) {
  // What was asked of a descriptor before it was given up comes before its close.
  if (job->op == Op::kClose) {
    try_together();
    if (!backlog_.empty()) {
      backlog_.push_back(job);
      return;
    }
  }
  if (policy_.prefer != Policy::Prefer::kCached && !cached_.promising()) {
    backlog_.push_back(job);
    return;
  }
  if (!cached_.shares(*job)) {
    after_attempt(job, cached_.attempt(*job));
    return;
  }
  trying_.push_back(job);
  if (trying_.size() >= kTriedTogether || trying_.size() >= host_.room()) try_together();
}

void Engine::after_attempt(Job* job, bool hit) {
  if (hit) {
    finish(job);
  } else {
    let_go(job);
    backlog_.push_back(job);
  }
}

void Engine::try_together() {
  if (trying_.empty()) return;
  hits_.clear();
  cached_.attempt_together(trying_, hits_);
  for (size_t i = 0; i < trying_.size(); i++) after_attempt(trying_[i], hits_[i]);
  trying_.clear();
}

// A missed attempt may have opened its file. With many waiting that would be many descriptors, so a regular file is
// closed again; anything else is kept, since opening and closing it is seen by others.
void Engine::let_go(Job* job) {
  const bool many = backlog_.size() >= kOpenBacklog || bound_reached();
  if (!many || job->has(option::kOnHandle) || !job->owns_fd || !job->facts.regular()) return;
  sys::close(job->fd);
  job->fd = -1;
  job->owns_fd = false;
  job->facts = FileFacts{};
  job->stage = Stage::kStart;
}

// Those that are parked, or on a filesystem that does not answer, may never come back, and hold nobody up.
bool Engine::bound_reached() const {
  const size_t parked = parking_.waiting();
  return away_ >= kMaxAway + parked + slow_away_;
}

// Where the loop thread is the slower one, results pile up and count as away, and what it sends would go out in the
// handfuls in which it reads: the ring thread would enter the kernel for each. While there are results to read, it
// sends many at once or none.
bool Engine::waits_for_refill() {
  if (away_ == 0 || unread() < kAheadOfLoop) refilling_ = true;
  if (bound_reached()) refilling_ = false;
  if (away_ + kRefill <= kMaxAway + slow_away_) refilling_ = true;
  return !refilling_;
}

void Engine::pump() {
  // What is being gathered for a shared attempt needs room for its outcomes too.
  while (!deferred_.empty() && host_.room() > trying_.size() && within_budget()) {
    Job* job = deferred_.front();
    deferred_.pop_front();
    try_soon(job);
  }
  try_together();
  dispatch();
  batch_dir_.reset();
}

// Sends away what has to go. A few ops that only ran out of time wait for the next iteration instead: that is
// cheaper than a thread hop. Where many do, the ring thread and the loop thread share them.
void Engine::dispatch() {
  // What needs a descriptor that is not to be had keeps its place; what needs none goes past it.
  std::vector<Job*> passed;
  if (!backlog_.empty()) refresh_mounts();
  send_slow();
  while (!backlog_.empty() && !waits_for_refill() && !host_.full()) {
    Job* job = backlog_.front();
    backlog_.pop_front();
    if (!send(job)) passed.push_back(job);
  }
  backlog_.insert(backlog_.begin(), passed.begin(), passed.end());
  const bool shares = policy_.prefer != Policy::Prefer::kCached;
  const size_t most_shared = policy_.use_ring && kernel_.has_ring ? kSharedMost : kSharedMostWithoutRing;
  while (shares && deferred_.size() > kShareAbove && is_shared(*deferred_.front()) && !bound_reached() &&
         !host_.full()) {
    Job* job = deferred_.front();
    if (cached_.hits_lately()) {
      if (shared_away_ == most_shared) break;
      job->shared = true;
      shared_away_ += 1;
    }
    deferred_.pop_front();
    if (!send(job)) backlog_.push_back(job);
  }
  if (ring_to_wake_) {
    ring_to_wake_ = false;
    ring_->wake();
  }
  push_gathered(pool_, for_pool_);
  push_gathered(slow_pool_, for_slow_pool_);
}

void Engine::push_gathered(BlockingPool& pool, std::vector<Job*>& jobs) {
  if (jobs.empty()) return;
  (void)pool.push_all(jobs);  // ready() has seen a thread
  jobs.clear();
}

// ---- away ----------------------------------------------------------------------------------------------------

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

// ---- back ----------------------------------------------------------------------------------------------------

bool Engine::drain() {
  if (arrived_next_ == arrived_now_.size()) {
    arrived_now_.clear();
    arrived_next_ = 0;
    notifier_.clear();
    arrived_.take(arrived_now_);
  }
  const int64_t ends_ns = sys::now_ns() + kLoopBudgetNs;
  while (arrived_next_ < arrived_now_.size() && !host_.full()) {
    Job* job = arrived_now_[arrived_next_++];
    unread_.fetch_sub(1, std::memory_order_relaxed);
    come_back(job);
    if ((arrived_next_ & 15) == 0 && sys::now_ns() > ends_ns) break;
  }
  pump();
  const bool more = arrived_next_ < arrived_now_.size();
  if (more) notifier_.signal();
  return more;
}

void Engine::come_back(Job* job) {
  if (job->only_close) {
    closing_ -= 1;
    give_back(job);
    return;
  }
  if (job->moves) {
    move(job);
  } else if (job->away_step != Step::kToLoop || job->error != 0) {
    come_home(job);
  } else {
    route(job, on_loop(job));
  }
}

// To the threads that may wait, after those that were known to go there.
void Engine::move(Job* job) {
  job->moves = false;
  if (job->cancelled.load()) {
    job->fail(ECANCELED, Call::kNone);
    come_home(job);
    return;
  }
  away_ -= 1;
  job->reach = Reach::kMayWait;
  slow_.push_back(job);
}

// The outcome has been told. On a filesystem that may never answer the close is left to the threads that may wait.
void Engine::close_later(Job* job) {
  job->only_close = true;
  closing_ += 1;
  if (slow_pool_.push(job)) return;
  closing_ -= 1;
  drop(job);
  give_back(job);
}

bool Engine::is_plain(const Job& job) {
  return job.error == 0 && job.facts.regular() && (job.flags & O_DIRECT) == 0 &&
         mounts_.kind(job.facts) == Filesystem::kPaged;
}

void Engine::finish(Job* job) {
  if (job->shared) {
    shared_away_ -= 1;
    cached_.note_guess(job->took_ns < kSharedNs);
  }
  // An op that fails in an unusual place must not leave its descriptor behind.
  const bool gives_fd = job->op == Op::kOpen && job->error == 0;
  const bool holds = !job->abandoned && job->owns_fd && !gives_fd;
  const bool later = holds && job->reach == Reach::kMayWait;
  if (holds && !later) sys::close(job->fd);
  by_id_[job->id] = nullptr;
  in_flight_ -= 1;
  if (job->abandoned && job->target != nullptr) host_.keep_target(*job);
  host_.finished(*job);
  if (later) {
    close_later(job);
  } else if (!job->abandoned) {
    give_back(job);
  }
}

void Engine::cancel(uint32_t id) {
  if (id >= by_id_.size() || by_id_[id] == nullptr) return;
  Job* job = by_id_[id];
  job->cancelled.store(true);
  // In the backlog it is found cancelled when its turn comes; on the pool, at its next step.
  parking_.cancel(job, job->serial);
  if (ring_) ring_->cancel(job, job->serial);
  // Where nothing may ever answer its turn may never come. A close is made all the same.
  if (job->op == Op::kClose) return;
  const auto waits = std::find(slow_.begin(), slow_.end(), job);
  if (waits != slow_.end()) {
    slow_.erase(waits);
    away_ += 1;
    slow_away_ += 1;
    job->fail(ECANCELED, Call::kNone);
    pass_on(job, Step::kDone);
    return;
  }
  slow_pool_.cancel(job);
}

// ---- end -----------------------------------------------------------------------------------------------------

void Engine::drop(Job* job) {
  const bool holds = job->fd >= 0 && (job->owns_fd || job->op == Op::kClose);
  if (holds) sys::close(job->fd);
  job->folder.reset();
  job->fd = -1;
}

bool Engine::stop() {
  // Wherever they are, no job begins another step of work.
  for (Job* job : by_id_) {
    if (job != nullptr) job->cancelled.store(true);
  }
  // Results that are read straight into JavaScript's memory must be through before that memory goes; they are on local
  // filesystems only, and end with the piece they are at.
  bool must_wait = false;
  for (const Job* job : by_id_)
    must_wait = must_wait || (job != nullptr && job->op == Op::kReadFile && job->length > kStagedResultMax);
  const int64_t deadline_ns = sys::now_ns() + (must_wait ? kStopWaitForeverNs : kStopWaitNs);
  bool ended = true;
  // The ring and the parking send their last jobs to the pool, so it goes last.
  if (ring_) ended = ring_->stop(deadline_ns);
  ended = parking_.stop(deadline_ns) && ended;
  ended = pool_.stop(deadline_ns) && ended;
  const bool answers = slow_pool_.stop(std::min(deadline_ns, sys::now_ns() + kStopWaitSlowNs));
  ended = answers && ended;
  std::vector<Job*> left;
  arrived_.take(left);
  for (size_t i = arrived_next_; i < arrived_now_.size(); i++) left.push_back(arrived_now_[i]);
  left.insert(left.end(), backlog_.begin(), backlog_.end());
  left.insert(left.end(), deferred_.begin(), deferred_.end());
  left.insert(left.end(), slow_.begin(), slow_.end());
  for (Job* job : left) {
    // A close could wait for good where nothing answers: that descriptor is left open.
    if (answers || job->reach != Reach::kMayWait) drop(job);
  }
  return ended;
}

}  // namespace ringfs
