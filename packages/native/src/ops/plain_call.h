// Ops of one system call, on a path or on a caller's descriptor, that the pool makes.
#pragma once

#include <cerrno>

#include "engine/loop_side.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

// There is no opcode for these.
inline Step plain_call_on_loop(Job& job, LoopSide& side) {
  (void)job;
  (void)side;
  return Step::kToPool;
}

// `work` returns 0, or -1 with errno set.
template <typename Work>
Step plain_call(Job& job, Call call, Work work) {
  int r = 0;
  if (job.cancelled.load()) {
    job.fail(ECANCELED, call);
    return close_and_finish(job);
  }
  do {
    r = work();
  } while (r != 0 && errno == EINTR);
  if (r != 0) job.fail(errno, call);
  return close_and_finish(job);
}

}  // namespace ringfs
