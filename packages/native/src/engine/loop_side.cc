#include "engine/loop_side.h"

#include <algorithm>
#include <cstring>

namespace ringfs {

bool LoopSide::fill(Job& job, uint64_t offset, size_t size) {
  if (!job.memory.reserve(std::max<size_t>(size, 1))) return false;
  const UserView view = host_.user_view(job);
  const size_t there = view.size > offset ? static_cast<size_t>(view.size - offset) : 0;
  job.chunk = std::min(size, there);
  job.chunk_done = 0;
  if (job.chunk > 0) std::memcpy(job.memory.data(), view.data + offset, job.chunk);
  return true;
}

size_t LoopSide::deliver(Job& job, uint64_t offset, size_t size) {
  const UserView view = host_.user_view(job);
  const size_t room = view.size > offset ? static_cast<size_t>(view.size - offset) : 0;
  const size_t n = std::min(size, room);
  if (n > 0) std::memcpy(view.data + offset, job.memory.data(), n);
  return n;
}

}  // namespace ringfs
