// Where jobs wait for things that may never come: data in a FIFO, a reader of a pipe, a lease to be given up.
//
// One thread, one epoll: however many wait, no thread of the pool is held, and each wait can be called off.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/counters.h"
#include "engine/event_fd.h"
#include "engine/job.h"
#include "engine/sink.h"
#include "engine/thread.h"

namespace ringfs {

class Parking {
 public:
  Parking(Sink& sink, Counters& counters) : sink_(sink), counters_(counters) {}
  ~Parking();
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  // Any thread: the job waits for what `step` says, then goes on on the pool. A descriptor that cannot be
  // waited for (epoll_ctl(2) says EPERM) sends the job on at once, with plain_io set. Where there is no descriptor or
  // thread to wait with, the job fails: waiting on the pool could not be called off.
  void park(Job* job, Step step);
  // Loop thread: the job goes on at once, with `cancelled` set. Nothing happens if it is not parked.
  void cancel(Job* job, uint64_t serial);
  // Jobs that wait here: they may never come back by themselves. Any thread.
  size_t waiting() const { return waiting_.load(); }
  // Sends everything on as cancelled and ends the thread.
  bool stop(int64_t deadline_ns);

 private:
  struct Wait {
    Job* job;
    int64_t due_ns;  // 0: no time limit
    int fd;          // -1: only time
    Step step;       // what was asked for
  };

  // 0 or a positive errno. Made by the first job that waits, and tried again by the next one where it failed.
  int set_up();
  void run();
  // The epoll cannot be waited on any more: who waits fails with this errno, as does who comes later.
  void give_up(int error);
  void release(std::vector<Job*>& out, uint64_t key);
  int next_timeout_ms();

  Sink& sink_;
  Counters& counters_;
  int epoll_fd_ = -1;
  std::unique_ptr<EventFd> bell_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, Wait> waits_;
  uint64_t next_key_ = 1;
  std::atomic<size_t> waiting_{0};
  bool stopping_ = false;
  int broken_ = 0;  // the errno with which the epoll was given up
  Thread thread_;
};

}  // namespace ringfs
