// read: from a caller's descriptor into a caller's memory. Only the cached attempt touches that memory directly;
// everything else reads into memory of our own, which is copied on the loop thread to where the buffer is then.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/chain.h"
#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

int64_t offset_of(const Job& job) { return job.position < 0 ? -1 : job.position + static_cast<int64_t>(job.done); }

size_t next_chunk(const Job& job) { return std::min<uint64_t>(job.length - job.done, kUserChunk); }

bool is_at_end(const Job& job) {
  const int64_t position =
      job.position < 0 ? ::lseek(job.fd, 0, SEEK_CUR) - static_cast<int64_t>(job.done) : job.position;
  FileFacts now;
  if (position < 0 || sys::facts_without_sync(job.fd, &now) != 0 || !now.regular()) return false;
  return static_cast<uint64_t>(position) + job.done >= now.size;
}

// A regular file whose reads tell cached pages from missing ones. Direct I/O waits for the disk, whatever RWF_NOWAIT
// says.
bool is_plain(Job& job) {
  if (job.has(option::kPlainFile)) return true;
  return sys::facts_without_sync(job.fd, &job.facts) == 0 && job.facts.regular() && !sys::is_direct(job.fd);
}

bool cached(Job& job, CachedLane& lane) {
  if (job.length > kCachedBytesMax) return false;
  const UserView view = lane.host().user_view(job);
  const size_t size = std::min<uint64_t>(job.length, view.size);
  if (size == 0) return true;
  if (!is_plain(job)) return false;
  const int64_t n = lane.read(job.fd, job.facts, view.data, size, job.position);
  if (n < 0) return false;
  // What has been read stays read; a short count is the answer only at the end of the file.
  job.done = static_cast<uint64_t>(n);
  job.value = n;
  return job.done == size || is_at_end(job);
}

// Only where one read is all there is to it.
bool shared_prep(Job& job, CachedLane& lane, CachedRing& ring, unsigned index) {
  if (job.length > kCachedBytesMax || job.position < 0 || !job.has(option::kPlainFile)) return false;
  const UserView view = lane.host().user_view(job);
  const size_t size = std::min<uint64_t>(job.length, view.size);
  if (size == 0) return false;
  job.chunk = size;
  ring.read(index, job.fd, view.data, static_cast<unsigned>(size), job.position);
  return true;
}

Shared shared_judge(Job& job, CachedLane& lane, CachedRing& ring, unsigned index) {
  (void)lane;
  const uint64_t size = job.chunk;
  job.chunk = 0;
  const int n = ring.read_bytes(index);
  if (n < 0) return Shared::kMiss;
  job.done = static_cast<uint64_t>(n);
  job.value = n;
  return job.done == size || is_at_end(job) ? Shared::kDone : Shared::kMiss;
}

constexpr SharedAttempt kShared = {shared_prep, shared_judge, nullptr};

Step on_loop(Job& job, LoopSide& side) {
  if (job.stage == Stage::kHaveData) {
    const size_t wanted = next_chunk(job);
    const size_t delivered = side.deliver(job, job.done, job.chunk);
    job.done += delivered;
    job.value = static_cast<int64_t>(job.done);
    if (delivered < wanted || job.done == job.length) return close_and_finish(job);
    job.stage = Stage::kTransfer;
  } else if (job.facts.mode == 0 && sys::facts_without_sync(job.fd, &job.facts) != 0) {
    return Step::kToPool;
  }
  if (!job.facts.regular() && !S_ISBLK(job.facts.mode)) return Step::kToPool;
  // The kernel moves a file's own position in one with the bytes only for read(2), for other processes too.
  if (job.position < 0) return side.pool_unless_forced();
  return side.answers_nowait(job.facts) || S_ISBLK(job.facts.mode) ? side.ring_if_any() : side.pool_unless_forced();
}

// An error after some bytes have been delivered: they are the answer, as read(2) would have given them.
Step settle(Job& job, int64_t n) {
  if (n < 0) {
    if (job.done == 0) job.fail(static_cast<int>(-n), Call::kRead);
    return close_and_finish(job);
  }
  job.chunk = static_cast<uint64_t>(n);
  job.stage = Stage::kHaveData;
  return Step::kToLoop;
}

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    const size_t size = next_chunk(job);
    if (!job.memory.reserve(size)) return settle(job, -ENOMEM);
    chain.add(0, 0, [&](io_uring_sqe* sqe) {
      io_uring_prep_read(sqe, job.fd, job.memory.data(), static_cast<unsigned>(size),
                         static_cast<uint64_t>(offset_of(job)));
    });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  if (r < 0 && job.cancelled.load()) return settle(job, -ECANCELED);
  return r < 0 && ring_cannot(r) ? Step::kToPool : settle(job, r);
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) return settle(job, -ECANCELED);
  if (job.facts.mode == 0) {
    const int r = sys::facts(job.fd, &job.facts);
    if (r != 0) return settle(job, r);
  }
  const size_t size = next_chunk(job);
  if (!job.memory.reserve(std::max<size_t>(size, 1))) return settle(job, -ENOMEM);
  if (!is_stream(job.facts) || job.position >= 0 || job.plain_io) {
    return settle(job, sys::read_at(job.fd, job.memory.data(), size, offset_of(job)));
  }
  // With O_NONBLOCK on the caller's own descriptor EAGAIN is the answer, as in Node.
  if (sys::is_nonblocking(job.fd)) return settle(job, sys::read_at(job.fd, job.memory.data(), size, -1));
  // A read waits for its first byte only: with a whole piece delivered it takes what there is beyond.
  const bool waits = job.done == 0;
  if (!waits && !sys::is_readable(job.fd)) return settle(job, -EAGAIN);
  if (waits && !job.fifo_waited) {
    job.fifo_waited = true;
    job.park_fd = job.fd;
    return Step::kParkRead;
  }
  const int64_t n = sys::read_ready(job.fd, job.memory.data(), size);
  if (n != -EAGAIN || !waits) return settle(job, n);
  job.park_fd = job.fd;
  return Step::kParkRead;
}

}  // namespace

const OpTable kReadOp = {"read", cached, on_loop, on_ring, on_pool, &kShared};

}  // namespace ringfs
