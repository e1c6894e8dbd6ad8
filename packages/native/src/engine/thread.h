// A thread that can be waited for with a deadline, and left behind when the deadline passes.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <functional>

namespace ringfs {

// CPUs that this process might run on when it was first asked.
unsigned usable_cpus();

class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Signals are blocked in the new thread: they belong to Node's. `name` has at most 15 characters.
  bool start(const char* name, std::function<void()> body);
  bool running() const { return running_; }
  // True when the thread has ended (or never began). `deadline_ns` is on CLOCK_MONOTONIC.
  bool join_until(int64_t deadline_ns);

 private:
  static void* enter(void* self);

  std::function<void()> body_;
  const char* name_ = "";
  pthread_t handle_{};
  bool running_ = false;
};

}  // namespace ringfs
