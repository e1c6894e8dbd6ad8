// utimes, lutimes and futimes.
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cmath>

#include "ops/plain_call.h"

namespace ringfs {

namespace {

constexpr double kNsPerSecond = 1e9;
constexpr long kNsPerMicrosecond = 1000;

// As the running Node's libuv turns seconds into a timespec, to the last nanosecond: the fraction of the double is cut
// off towards zero, before version 1.52 to whole microseconds.
timespec time_of(double seconds, bool nanoseconds) {
  timespec time{};
  const double whole = std::trunc(seconds);
  time.tv_sec = static_cast<time_t>(whole);
  time.tv_nsec = static_cast<long>((seconds - whole) * kNsPerSecond);
  if (!nanoseconds) time.tv_nsec -= time.tv_nsec % kNsPerMicrosecond;
  if (time.tv_nsec < 0) {
    time.tv_nsec += static_cast<long>(kNsPerSecond);
    time.tv_sec -= 1;
  }
  return time;
}

Step on_pool(Job& job) {
  const bool exact = job.has(option::kNanoseconds);
  const std::array<timespec, 2> times = {time_of(job.atime, exact), time_of(job.mtime, exact)};
  if (job.has(option::kOnHandle)) {
    return plain_call(job, Call::kFutime, [&] { return ::futimens(job.fd, times.data()); });
  }
  const bool no_follow = job.has(option::kNoFollow);
  return plain_call(job, no_follow ? Call::kLutime : Call::kUtime, [&] {
    return ::utimensat(job.dir_fd(), job.path.c_str(), times.data(), no_follow ? AT_SYMLINK_NOFOLLOW : 0);
  });
}

}  // namespace

const OpTable kUtimesOp = {"utimes", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
