// chown, lchown and fchown: the user in Job::flags, the group in Job::mode; -1 leaves one as it is.
#include <fcntl.h>
#include <unistd.h>

#include "ops/plain_call.h"

namespace ringfs {

namespace {

Step on_pool(Job& job) {
  const auto user = static_cast<uid_t>(job.flags);
  const auto group = static_cast<gid_t>(job.mode);
  if (job.has(option::kOnHandle)) {
    return plain_call(job, Call::kFchown, [&] { return ::fchown(job.fd, user, group); });
  }
  const bool no_follow = job.has(option::kNoFollow);
  return plain_call(job, no_follow ? Call::kLchown : Call::kChown, [&] {
    return ::fchownat(job.dir_fd(), job.path.c_str(), user, group, no_follow ? AT_SYMLINK_NOFOLLOW : 0);
  });
}

}  // namespace

const OpTable kChownOp = {"chown", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
