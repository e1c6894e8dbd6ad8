// Plain system calls on a few threads: ops without a good opcode, and the whole engine where io_uring is refused.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/counters.h"
#include "engine/job.h"
#include "engine/limits.h"
#include "engine/semaphore.h"
#include "engine/short_wait.h"
#include "engine/sink.h"
#include "engine/thread.h"

namespace ringfs {

class BlockingPool {
 public:
  // `name` is that of its threads, at most `threads` of which start as they are needed.
  BlockingPool(Sink& sink, Counters& counters, const char* name, unsigned threads);

  // Any thread. False if not one thread could be started: the job stays with the caller.
  [[nodiscard]] bool push(Job* job);
  // The same for many. False if not one thread could be started, and never after ready() was true.
  [[nodiscard]] bool push_all(const std::vector<Job*>& jobs);
  // Loop thread: whether there is a thread, or one could be started.
  [[nodiscard]] bool ready();
  // Loop thread: a job that has not begun, and holds nothing that has to be closed, is passed on as cancelled.
  void cancel(Job* job);

  // Passes what has not begun on as cancelled and waits until `deadline_ns` for what has. False if a thread
  // is still busy then: everything it uses must stay as it is for good.
  bool stop(int64_t deadline_ns);

 private:
  // Since when one thread has been at a shared job, 0 if it is not.
  using Since = int64_t;

  bool push_some(Job* const* jobs, size_t count);
  void run();
  void wait_for_more(std::unique_lock<std::mutex>& lock);
  void work(Job* job);
  bool leads_elsewhere(Job* job);
  Job* next(int64_t now_ns);
  void start_another();
  bool wants_another(int64_t now_ns) const;
  bool may_share(int64_t now_ns) const;
  bool empty() const { return shared_.empty() && others_.empty(); }

  Sink& sink_;
  Counters& counters_;
  const char* const name_;
  const unsigned most_threads_;
  std::mutex mutex_;
  Semaphore more_;
  unsigned woken_ = 0;  // of the idle ones: wakes that are on their way to them
  // By arrival; the numbers tell which of the two comes first.
  std::deque<std::pair<uint64_t, Job*>> shared_;
  std::deque<std::pair<uint64_t, Job*>> others_;
  uint64_t arrivals_ = 0;
  std::vector<Since> sharing_;
  const int cpus_;
  unsigned seats_ = 0;  // threads that have taken their place in sharing_
  unsigned idle_ = 0;
  unsigned watching_ = 0;  // of the idle ones: those that look again by themselves
  unsigned started_ = 0;
  bool ready_ = false;   // as the loop thread knows it: threads stay
  unsigned fresh_ = 0;   // of those: on their way to their first job
  ShortWait next_wait_;  // of the one idle thread that looks for its next job instead of sleeping
  bool looking_ = false;
  std::atomic<size_t> waiting_{0};  // jobs in the queues, for that thread
  bool stopping_ = false;
  std::unique_ptr<Thread[]> threads_;
};

}  // namespace ringfs
