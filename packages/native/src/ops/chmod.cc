// chmod and fchmod.
#include <fcntl.h>
#include <sys/stat.h>

#include "ops/plain_call.h"

namespace ringfs {

namespace {

Step on_pool(Job& job) {
  if (job.has(option::kOnHandle)) {
    return plain_call(job, Call::kFchmod, [&] { return ::fchmod(job.fd, job.mode); });
  }
  return plain_call(job, Call::kChmod, [&] { return ::fchmodat(job.dir_fd(), job.path.c_str(), job.mode, 0); });
}

}  // namespace

const OpTable kChmodOp = {"chmod", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
