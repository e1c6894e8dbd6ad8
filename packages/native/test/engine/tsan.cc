// What ThreadSanitizer cannot see by itself.
//
// Descriptors: it keeps a book of them, to tell of one that is closed while another thread uses it. The engine opens
// with openat and openat2 and closes on the ring, none of which it sees; the number then comes back as another file,
// and the first close(2) that it does see looks like a race with the use of the file before. So reports whose innermost
// function is close or closedir itself are dropped: they touch no memory of ours, and nothing else is hidden. That no
// job ever uses a number that means another file by then is what storm_test.cc is for.
//
// Joins: the ThreadSanitizer of GCC 12 knows pthread_join, pthread_tryjoin_np and pthread_timedjoin_np, but not the
// pthread_clockjoin_np that engine/thread.cc ends its threads with: whatever comes after such a join would be taken for
// a race, and the thread for leaked. Under that sanitizer, and nowhere else, the call is made by a name that it knows.
#if defined(__SANITIZE_THREAD__)

#include <pthread.h>
#include <time.h>

extern "C" const char* __tsan_default_suppressions() {
  return "race_top:^close$\nrace_top:^__interceptor_close$\nrace_top:^closedir$\nrace_top:^__interceptor_closedir$\n";
}

namespace {

constexpr long kSecond = 1'000'000'000;

}  // namespace

extern "C" int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock, const timespec* deadline) {
  timespec now{};
  timespec wall{};
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &wall);
  wall.tv_sec += deadline->tv_sec - now.tv_sec;
  wall.tv_nsec += deadline->tv_nsec - now.tv_nsec;
  if (wall.tv_nsec < 0) {
    wall.tv_sec -= 1;
    wall.tv_nsec += kSecond;
  }
  if (wall.tv_nsec >= kSecond) {
    wall.tv_sec += 1;
    wall.tv_nsec -= kSecond;
  }
  return pthread_timedjoin_np(thread, result, &wall);
}

#endif
