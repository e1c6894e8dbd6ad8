// Wakes that are kept until somebody has waited for them.
#pragma once

#include <semaphore.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

namespace ringfs {

// sem_t and not a condition variable: who signals one of glibc's (since 2.25) may have to wait until those that were
// woken before have run, here perhaps the loop thread; and such a signal can get lost (glibc bug 25847).
class Semaphore {
 public:
  Semaphore() { ::sem_init(&sem_, 0, 0); }
  ~Semaphore() { ::sem_destroy(&sem_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void post() { ::sem_post(&sem_); }
  void wait() {
    while (::sem_wait(&sem_) != 0 && errno == EINTR) continue;
  }
  // False: nothing came in that time.
  bool wait_for(int64_t ns) {
    timespec ends{};
    ::clock_gettime(kClock, &ends);
    const int64_t whole_ns = ends.tv_nsec + ns;
    ends.tv_sec += static_cast<time_t>(whole_ns / 1'000'000'000);
    ends.tv_nsec = static_cast<long>(whole_ns % 1'000'000'000);
    int r = 0;
    do {
      r = wait_until(ends);
    } while (r != 0 && errno == EINTR);
    return r == 0;
  }

 private:
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define RINGFS_HAS_SEM_CLOCKWAIT
#endif
#endif
#if defined(RINGFS_HAS_SEM_CLOCKWAIT)
  static constexpr clockid_t kClock = CLOCK_MONOTONIC;
  int wait_until(const timespec& ends) { return ::sem_clockwait(&sem_, kClock, &ends); }
#else
  // A clock that is set makes such a wait longer or shorter, once.
  static constexpr clockid_t kClock = CLOCK_REALTIME;
  int wait_until(const timespec& ends) { return ::sem_timedwait(&sem_, &ends); }
#endif

  sem_t sem_;
};

}  // namespace ringfs
