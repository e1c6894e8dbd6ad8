// Jobs that are back on the loop thread: what is left to do there, and how they end.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "engine/engine.h"
#include "engine/limits.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

bool Engine::drain() {
  if (arrived_next_ == arrived_now_.size()) {
    arrived_now_.clear();
    arrived_next_ = 0;
    notifier_.clear();
    arrived_.take(arrived_now_);
  }
  for (size_t i = 0; i < kDrainedTogether && arrived_next_ < arrived_now_.size() && !host_.full(); i++) {
    Job* job = arrived_now_[arrived_next_++];
    unread_.fetch_sub(1, std::memory_order_relaxed);
    come_back(job);
  }
  pump();
  return arrived_next_ < arrived_now_.size();
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
  if (Job* next = positions_.leave(*job)) take_turn(next);
  if (job->abandoned && job->target != nullptr) host_.keep_target(*job);
  host_.finished(*job);
  if (later) {
    close_later(job);
  } else if (!job->abandoned) {
    give_back(job);
  }
}

// Its turn at the file's own position. One that was called off meanwhile must not move it.
void Engine::take_turn(Job* job) { (may_try(*job) && !job->cancelled.load() ? deferred_ : backlog_).push_back(job); }

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

}  // namespace ringfs
