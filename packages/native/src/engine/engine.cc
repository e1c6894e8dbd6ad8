// Jobs as they come in, with their cached attempts; and the engine's own beginning and end. engine_away.cc sends them
// away, engine_back.cc takes them back.
#include "engine/engine.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// What another thread does as well as a cached attempt: a whole file in one job. Anything else would pay a thread hop
// for one system call.
bool is_shared(const Job& job) { return job.op == Op::kReadFile; }

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
  if (!deferred_.empty() || !may_try(*job) || positions_.taken(*job) || !within_budget()) return Attempt::kNotTried;
  if (policy_.prefer != Policy::Prefer::kCached && !cached_.promising()) return Attempt::kNotTried;
  const bool done = cached_.attempt(*job);
  cached_.forget_folder();
  if (done) return Attempt::kDone;
  let_go(job);
  // It may have read some, and goes on from there: until it is adopted and over, nobody else does.
  (void)positions_.take(job);
  return Attempt::kMissed;
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
  if (Job* next = positions_.leave(*job)) take_turn(next);
  drop(job);
  give_back(job);
}

void Engine::accept(Job* job) {
  note_in_flight(job);
  if (positions_.take(job)) try_or_queue(job);
}

void Engine::try_or_queue(Job* job) {
  if (!may_try(*job) || (table_of(job->op).in_memory_only && !backlog_.empty())) {
    backlog_.push_back(job);
  } else if (!deferred_.empty() || !within_budget()) {
    deferred_.push_back(job);  // what came earlier and still waits goes first
  } else {
    try_soon(job);
  }
}

void Engine::end_batch() {
  try_together();
  cached_.forget_folder();
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
    mounts_fresh_until_ns_ = 0;
    refresh_mounts(now);
    return true;
  }
  return now < budget_ends_ns_;
}

// What JavaScript mounts itself, synchronously, takes longer than that.
void Engine::refresh_mounts(int64_t now_ns) {
  if (now_ns < mounts_fresh_until_ns_) return;
  mounts_.refresh();
  mounts_fresh_until_ns_ = now_ns + kLoopBudgetNs;
}

bool Engine::may_try(const Job& job) const {
  if (policy_.prefer == Policy::Prefer::kRing || policy_.prefer == Policy::Prefer::kBlocking) return false;
  const OpTable& table = table_of(job.op);
  if (table.cached == nullptr || !cached_.available()) return false;
  return !table.in_memory_only || (!job.has(option::kRecursive) && mounts_.may_be_in_memory(job.path));
}

// Tries a job, at once or, where attempts can share a system call, with the next ones.
void Engine::try_soon(Job* job) {
  // What was asked of a descriptor before it was given up comes before its close; and of a file before it goes.
  const bool changes = table_of(job->op).in_memory_only;
  if (job->op == Op::kClose || changes) {
    try_together();
    if (!backlog_.empty()) {
      backlog_.push_back(job);
      return;
    }
  }
  if (policy_.prefer != Policy::Prefer::kCached && !changes && !cached_.promising()) {
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
  const bool opened = job->owns_fd && !job->has(option::kOnHandle) && job->position_fd < 0;
  if (!many || !opened || !job->facts.regular()) return;
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
  cached_.forget_folder();
  dispatch();
  batch_dir_.reset();
}

// Sends away what has to go. A few ops that only ran out of time wait for the next iteration instead: that is
// cheaper than a thread hop. Where many do, the ring thread and the loop thread share them.
void Engine::dispatch() {
  // What needs a descriptor that is not to be had keeps its place; what needs none goes past it, but for a close of
  // what another one is still to work on.
  std::vector<Job*> passed;
  const size_t parked = parking_.waiting();
  const auto closes_one = [&passed](const Job& job) {
    const auto works_on_it = [&job](const Job* waiting) { return waiting->fd == job.fd; };
    return job.op == Op::kClose && job.fd >= 0 && std::any_of(passed.begin(), passed.end(), works_on_it);
  };
  if (!backlog_.empty()) refresh_mounts(sys::now_ns());
  send_slow();
  while (!backlog_.empty() && !waits_for_refill() && !host_.full()) {
    Job* job = backlog_.front();
    backlog_.pop_front();
    if (closes_one(*job) || !send(job)) passed.push_back(job);
  }
  lacks_descriptors_ = backlog_.empty() && !passed.empty();
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
  held_back_.store(!backlog_.empty() && (bound_reached() || lacks_descriptors_));
  // One that has parked meanwhile may not have seen that.
  if (held_back_.load() && parking_.waiting() != parked) drain_later();
}

void Engine::push_gathered(BlockingPool& pool, std::vector<Job*>& jobs) {
  if (jobs.empty()) return;
  (void)pool.push_all(jobs);  // ready() has seen a thread
  jobs.clear();
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
  positions_.waiting(&left);
  for (Job* job : left) {
    // A close could wait for good where nothing answers: that descriptor is left open.
    if (answers || job->reach != Reach::kMayWait) drop(job);
  }
  return ended;
}

}  // namespace ringfs
