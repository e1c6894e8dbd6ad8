// Changes to a folder in memory: no disk, no journal and no other machine has to answer, so the loop thread makes them.
#pragma once

#include "engine/cached_lane.h"
#include "ops/op.h"

namespace ringfs {

// `change(folder, name)` makes the call relative to the open folder, and returns 0, the errno that it answered, or
// kTooLarge for what would take the event loop's time.
inline constexpr int kTooLarge = -1;

template <typename Change>
bool change_in_memory(Job& job, CachedLane& lane, Call call, Change change) {
  const char* name = nullptr;
  const int folder = lane.memory_folder(job, &name);
  if (folder < 0) return false;
  const int error = change(folder, name);
  if (error > 0) job.fail(error, call);
  return error != kTooLarge;
}

}  // namespace ringfs
