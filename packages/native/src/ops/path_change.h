// What unlink, mkdir, rename, rmdir, link and symlink have in common: one call, one sqe, no descriptor.
#pragma once

#include "engine/chain.h"
#include "engine/loop_side.h"
#include "ops/op.h"

namespace ringfs {

inline Step path_change_on_loop(Job& job, LoopSide& side) {
  (void)job;
  return side.pool_unless_forced();
}

template <typename Prep>
Step path_change_on_ring(Job& job, Chain& chain, Call call, Prep prep) {
  if (chain.phase() == 0) {
    chain.add(0, 0, prep);
    return chain.wait(1);
  }
  const int r = chain.result(0);
  // EINVAL is an answer too (rename into itself): the plain call tells.
  if (r < 0 && !job.cancelled.load() && ring_cannot(r)) return Step::kToPool;
  return r < 0 ? job.fail(-r, call) : Step::kDone;
}

}  // namespace ringfs
