// The thread that owns the ring: takes a batch, prepares its sqes, enters the kernel once, reaps, moves each
// job on, and passes the finished ones to the sink.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "engine/chain.h"
#include "engine/channel.h"
#include "engine/counters.h"
#include "engine/event_fd.h"
#include "engine/limits.h"
#include "engine/ring.h"
#include "engine/sink.h"
#include "engine/thread.h"

namespace ringfs {

class RingThread {
 public:
  RingThread(Sink& sink, const Kernel& kernel, Counters& counters);

  // Starts the thread. False if the process has no room for another.
  bool start();

  // Any thread: queues a job; wake() afterwards, once for many.
  void push(Job* job);
  void wake();
  // The kernel will not be entered any more: whatever is pushed goes on to the pool. Any thread.
  bool retired() const { return retired_.load(std::memory_order_relaxed); }
  // Loop thread: asks for a job to be cancelled. Nothing happens if it is not on the ring any more.
  void cancel(Job* job, uint64_t serial);

  // Cancels what can be cancelled and waits until `deadline_ns` for every cqe. False if the thread is still
  // busy then: everything it uses must stay as it is for good.
  bool stop(int64_t deadline_ns);

 private:
  struct Order {
    Job* job;
    uint64_t serial;
    bool is_cancel;
  };

  void run();
  void take_orders();
  void begin(Job* job);
  void go_on(unsigned index);
  void on_cqe(uint64_t user_data, int result);
  void cancel_slot(unsigned index);
  void cancel_again();
  void arm_doorbell();
  void pass_on(Job* job, Step step) { passing_.emplace_back(job, step); }
  void flush();
  void turn_away(Job* job);
  bool go_past(bool may_help);
  void retire();
  void retire_slot(Slot& slot);

  Sink& sink_;
  Counters& counters_;
  Ring ring_;
  EventFd doorbell_;
  Channel<Order> orders_;
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> retired_{false};

  // Ring thread only.
  std::vector<Order> taken_;
  std::deque<Job*> waiting_;
  std::vector<Slot> slots_;
  std::vector<unsigned> free_slots_;
  std::vector<unsigned> ready_;  // slots whose last cqe has come
  std::vector<std::pair<Job*, Step>> passing_;
  bool doorbell_armed_ = false;
  bool quiet_ = false;  // the last wait for several cqes ended without any
  bool cancelled_all_ = false;
  int64_t cancel_again_ns_ = 0;
  bool cancels_pending_ = false;  // some slot is cancelled and has not come to its end

  Thread thread_;
};

}  // namespace ringfs
