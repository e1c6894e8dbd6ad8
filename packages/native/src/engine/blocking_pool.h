// Plain system calls on a few threads: ops without a good opcode, and the whole engine where io_uring is refused.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "engine/counters.h"
#include "engine/job.h"
#include "engine/limits.h"
#include "engine/sink.h"
#include "engine/thread.h"

namespace ringfs {

class BlockingPool {
 public:
  BlockingPool(Sink& sink, Counters& counters) : sink_(sink), counters_(counters) {}

  // Any thread. Threads start as they are needed, at most kPoolThreads of them. False if not one could be
  // started: the job stays with the caller.
  [[nodiscard]] bool push(Job* job);

  // Passes what has not begun on as cancelled and waits until `deadline_ns` for what has. False if a thread
  // is still busy then: everything it uses must stay as it is for good.
  bool stop(int64_t deadline_ns);

 private:
  void run();
  void work(Job* job);

  Sink& sink_;
  Counters& counters_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Job*> queue_;
  unsigned idle_ = 0;
  unsigned started_ = 0;
  bool stopping_ = false;
  std::array<Thread, kPoolThreads> threads_;
};

}  // namespace ringfs
