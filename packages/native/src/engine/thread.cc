#include "engine/thread.h"

#include <sched.h>
#include <signal.h>
#include <time.h>

#include <thread>

namespace ringfs {

namespace {

unsigned count_cpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  // With more CPUs than the set has room for (EINVAL) they are several at any rate.
  if (::sched_getaffinity(0, sizeof(cpus), &cpus) != 0) return std::thread::hardware_concurrency();
  return static_cast<unsigned>(CPU_COUNT(&cpus));
}

}  // namespace

unsigned usable_cpus() {
  static const unsigned cpus = count_cpus();
  return cpus;
}

bool Thread::start(const char* name, std::function<void()> body) {
  body_ = std::move(body);
  name_ = name;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  running_ = pthread_create(&handle_, nullptr, &Thread::enter, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return running_;
}

void* Thread::enter(void* self) {
  auto* thread = static_cast<Thread*>(self);
  pthread_setname_np(pthread_self(), thread->name_);
  thread->body_();
  return nullptr;
}

bool Thread::join_until(int64_t deadline_ns) {
  if (!running_) return true;
  timespec limit{};
  limit.tv_sec = deadline_ns / 1'000'000'000;
  limit.tv_nsec = deadline_ns % 1'000'000'000;
  if (pthread_clockjoin_np(handle_, nullptr, CLOCK_MONOTONIC, &limit) != 0) return false;
  running_ = false;
  return true;
}

}  // namespace ringfs
