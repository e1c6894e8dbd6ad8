#include "engine/blocking_pool.h"

#include <cerrno>

#include "ops/op.h"

namespace ringfs {

bool BlockingPool::push(Job* job) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_ <= queue_.size() && started_ < kPoolThreads && !stopping_) {
      if (threads_[started_].start("ringfs-pool", [this] { run(); })) started_ += 1;
    }
    if (started_ == 0) return false;
    queue_.push_back(job);
    wake = idle_ > 0;
  }
  if (wake) more_.notify_one();
  return true;
}

void BlockingPool::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      idle_ += 1;
      more_.wait(lock);
      idle_ -= 1;
    }
    if (queue_.empty()) return;
    Job* job = queue_.front();
    queue_.pop_front();
    // A close that was asked for is made even now: the descriptor is the engine's.
    if (stopping_) job->cancelled.store(true);
    const bool drop = job->cancelled.load() && job->op != Op::kClose && job->fd < 0;
    lock.unlock();
    if (drop) {
      job->fail(ECANCELED, Call::kNone);
      sink_.pass_on(job, Step::kDone);
    } else {
      work(job);
    }
    lock.lock();
  }
}

void BlockingPool::work(Job* job) {
  const Step step = table_of(job->op).on_pool(*job);
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
  more_.notify_all();
  bool ended = true;
  for (Thread& thread : threads_) ended = thread.join_until(deadline_ns) && ended;
  return ended;
}

}  // namespace ringfs
