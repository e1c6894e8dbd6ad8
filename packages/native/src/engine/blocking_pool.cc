#include "engine/blocking_pool.h"

#include <algorithm>
#include <cerrno>

#include "engine/reach.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

BlockingPool::BlockingPool(Sink& sink, Counters& counters, const char* name, unsigned threads)
    : sink_(sink),
      counters_(counters),
      name_(name),
      most_threads_(threads),
      sharing_(threads),
      cpus_(static_cast<int>(usable_cpus())),
      threads_(std::make_unique<Thread[]>(threads)) {}

bool BlockingPool::push(Job* job) { return push_some(&job, 1); }

bool BlockingPool::push_all(const std::vector<Job*>& jobs) { return push_some(jobs.data(), jobs.size()); }

bool BlockingPool::push_some(Job* const* jobs, size_t count) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < count; i++) {
      Job* job = jobs[i];
      if (idle_ + fresh_ <= shared_.size() + others_.size()) start_another();
      if (started_ == 0) return false;
      (job->shared ? shared_ : others_).emplace_back(arrivals_++, job);
    }
    waiting_.store(shared_.size() + others_.size());
    if (looking_ && waiting_.load() == 1) return true;
    // One at a time: it wakes the next one itself if there is more than it takes.
    wake = wants_another(sys::now_ns());
    if (wake) woken_ += 1;
  }
  if (wake) more_.post();
  return true;
}

bool BlockingPool::ready() {
  if (ready_) return true;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (started_ == 0) start_another();
  ready_ = started_ > 0;
  return ready_;
}

void BlockingPool::start_another() {
  if (started_ == most_threads_ || stopping_) return;
  if (!threads_[started_].start(name_, [this] { run(); })) return;
  started_ += 1;
  fresh_ += 1;
}

// Whether there is something for one of the idle threads. Where no more of them may be at what is shared, one keeps an
// eye on those that are.
bool BlockingPool::wants_another(int64_t now_ns) const {
  if (idle_ <= woken_) return false;
  if (!others_.empty()) return true;
  if (shared_.empty()) return false;
  return watching_ == 0 || may_share(now_ns);
}

void BlockingPool::cancel(Job* job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto& queue = job->shared ? shared_ : others_;
    const auto found =
        std::find_if(queue.begin(), queue.end(), [&](const auto& waiting) { return waiting.second == job; });
    if (found == queue.end() || job->fd >= 0) return;
    queue.erase(found);
    waiting_.store(shared_.size() + others_.size());
  }
  job->fail(ECANCELED, Call::kNone);
  sink_.pass_on(job, Step::kDone);
}

// What is shared with the loop thread leaves it a CPU. One that has been at it for long is waiting, for a disk or for a
// filesystem that does not answer, and holds nobody up.
bool BlockingPool::may_share(int64_t now_ns) const {
  const auto works = [now_ns](Since since) { return since != 0 && now_ns - since < kSharedWaitsNs; };
  return std::count_if(sharing_.begin(), sharing_.end(), works) < std::max(cpus_ - 1, 1);
}

Job* BlockingPool::next(int64_t now_ns) {
  const bool share = !shared_.empty() && (stopping_ || may_share(now_ns)) &&
                     (others_.empty() || shared_.front().first < others_.front().first);
  auto& queue = share ? shared_ : others_;
  if (queue.empty()) return nullptr;
  Job* job = queue.front().second;
  queue.pop_front();
  waiting_.store(shared_.size() + others_.size());
  return job;
}

// May come back with nothing to do.
void BlockingPool::wait_for_more(std::unique_lock<std::mutex>& lock) {
  if (empty() && !looking_ && next_wait_.pays()) {
    looking_ = true;
    lock.unlock();
    const bool found = ShortWait::look([this] { return waiting_.load() > 0; });
    lock.lock();
    looking_ = false;
    next_wait_.learn(found);
    if (found || !empty() || stopping_) return;
  } else {
    next_wait_.slept();
  }
  // What has to wait for its turn is looked at again: those before it may have come to wait.
  const bool watches = !shared_.empty();
  if (watches) watching_ += 1;
  lock.unlock();
  bool woken = true;
  if (watches) {
    woken = more_.wait_for(kSharedWaitsNs);
  } else {
    more_.wait();
  }
  lock.lock();
  if (watches) watching_ -= 1;
  if (woken && woken_ > 0) woken_ -= 1;
}

void BlockingPool::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  fresh_ -= 1;
  Since& sharing = sharing_[seats_++];
  for (;;) {
    Job* job = nullptr;
    int64_t now_ns = 0;
    for (;;) {
      now_ns = sys::now_ns();
      sharing = 0;
      job = next(now_ns);
      if (job != nullptr) break;
      if (stopping_) return;
      idle_ += 1;
      wait_for_more(lock);
      idle_ -= 1;
    }
    sharing = job->shared ? now_ns : 0;
    const bool more = wants_another(now_ns);
    if (more) woken_ += 1;
    // A close that was asked for is made even now: the descriptor is the engine's.
    if (stopping_) job->cancelled.store(true);
    const bool drop = job->cancelled.load() && job->op != Op::kClose && job->fd < 0;
    lock.unlock();
    if (more) more_.post();
    if (drop) {
      job->fail(ECANCELED, Call::kNone);
      sink_.pass_on(job, Step::kDone);
    } else {
      work(job);
    }
    lock.lock();
  }
}

// Where the path's text did not tell whether its filesystem is sure to answer, a walk does.
bool BlockingPool::leads_elsewhere(Job* job) {
  const bool known = job->reach == Reach::kLocal || job->reach == Reach::kMayWait || job->fd >= 0;
  if (known || job->cancelled.load()) return false;
  job->moves = reach_by_walk(*job) == Reach::kMayWait;
  if (!job->moves) job->reach = Reach::kLocal;
  return job->moves;
}

void BlockingPool::work(Job* job) {
  if (job->only_close) {
    sys::close(job->fd);
    job->fd = -1;
    sink_.pass_on(job, Step::kDone);
    return;
  }
  if (leads_elsewhere(job)) {
    sink_.pass_on(job, Step::kToLoop);
    return;
  }
  const int64_t from_ns = job->shared ? sys::now_ns() : 0;
  const Step step = table_of(job->op).on_pool(*job);
  if (job->shared) job->took_ns += sys::now_ns() - from_ns;
  // Counted once an op, however often it comes back for its next chunk.
  if ((step == Step::kDone || step == Step::kToLoop) && job->lane != Lane::kBlocking) {
    job->lane = Lane::kBlocking;
    Counters::add(counters_.blocking_ops);
  }
  sink_.pass_on(job, step);
}

bool BlockingPool::stop(int64_t deadline_ns) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  for (unsigned i = 0; i < most_threads_; i++) more_.post();
  bool ended = true;
  for (unsigned i = 0; i < most_threads_; i++) ended = threads_[i].join_until(deadline_ns) && ended;
  return ended;
}

}  // namespace ringfs
