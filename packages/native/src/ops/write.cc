// write: from a caller's memory to a caller's descriptor, through memory of our own.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/chain.h"
#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/syscalls.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

int64_t offset_of(const Job& job) { return job.position < 0 ? -1 : job.position + static_cast<int64_t>(job.done); }

Step on_loop(Job& job, LoopSide& side) {
  const size_t wanted = std::min<uint64_t>(job.length - job.done, kUserChunk);
  // The first piece is the largest: where it found memory the others do.
  if (!side.fill(job, job.done, wanted)) {
    job.fail(ENOMEM, Call::kWrite);
    return close_and_finish(job);
  }
  // A buffer that shrank gives what it still has, and that ends the op.
  if (job.chunk < wanted) job.length = job.done + job.chunk;
  if (job.length == job.done && job.done > 0) return close_and_finish(job);
  if (job.facts.mode == 0 && sys::facts_without_sync(job.fd, &job.facts) != 0) return Step::kToPool;
  if (!job.facts.regular() && !S_ISBLK(job.facts.mode)) return Step::kToPool;
  if (job.position < 0) return job.facts.regular() ? side.pool_unless_forced() : Step::kToPool;
  return S_ISBLK(job.facts.mode) ? side.ring_if_any() : side.pool_unless_forced();
}

// Bytes already written are the answer where a later piece fails, as write(2) would have given them.
Step settle(Job& job, int64_t n) {
  if (n < 0) {
    if (job.done == 0) job.fail(static_cast<int>(-n), Call::kWrite);
    return close_and_finish(job);
  }
  job.done += static_cast<uint64_t>(n);
  job.value = static_cast<int64_t>(job.done);
  const bool short_write = static_cast<uint64_t>(n) < job.chunk;
  if (short_write || job.done >= job.length) return close_and_finish(job);
  job.fifo_waited = false;
  job.stage = Stage::kNeedData;
  return Step::kToLoop;
}

// When the rest of a write fails, the kernel does not move the file's own position past the bytes it has written. So on
// the ring that position is taken first, and moved after.
int64_t begin_at(const Job& job) { return job.position < 0 ? ::lseek(job.fd, 0, SEEK_CUR) : offset_of(job); }

// False, with errno set, if the position stays behind: what comes next would be written over these bytes.
bool move_position(const Job& job, int written) {
  if (job.position >= 0 || written <= 0) return true;
  const int flags = ::fcntl(job.fd, F_GETFL);
  if (flags < 0) return false;
  const bool appends = (flags & O_APPEND) != 0;
  return ::lseek(job.fd, appends ? 0 : written, appends ? SEEK_END : SEEK_CUR) >= 0;
}

Step on_ring(Job& job, Chain& chain) {
  if (chain.phase() == 0) {
    const int64_t from = begin_at(job);
    if (from < 0) return Step::kToPool;
    chain.add(0, 0, [&](io_uring_sqe* sqe) {
      io_uring_prep_write(sqe, job.fd, job.memory.data(), static_cast<unsigned>(job.chunk),
                          static_cast<uint64_t>(from));
    });
    return chain.wait(1);
  }
  const int r = chain.result(0);
  if (!move_position(job, r)) {
    job.fail(errno, Call::kWrite);
    return close_and_finish(job);
  }
  if (r < 0 && job.cancelled.load()) return settle(job, -ECANCELED);
  return r < 0 && ring_cannot(r) ? Step::kToPool : settle(job, r);
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) return settle(job, -ECANCELED);
  if (job.facts.mode == 0) {
    const int r = sys::facts(job.fd, &job.facts);
    if (r != 0) return settle(job, r);
  }
  const uint8_t* data = job.memory.data();
  if (!is_stream(job.facts) || job.position >= 0 || job.plain_io) {
    return settle(job, sys::write_at(job.fd, data, job.chunk, offset_of(job)));
  }
  // With O_NONBLOCK on the caller's own descriptor what is taken at once is the answer, or EAGAIN, as in Node.
  if (sys::is_nonblocking(job.fd)) return settle(job, sys::write_at(job.fd, data, job.chunk, -1));
  if (!job.fifo_waited) {
    job.fifo_waited = true;
    job.park_fd = job.fd;
    return Step::kParkWrite;
  }
  // A caller's pipe may block: write what is taken without waiting, and wait for room between the pieces.
  while (job.chunk_done < job.chunk) {
    const int64_t n = sys::write_ready(job.fd, data + job.chunk_done, job.chunk - job.chunk_done);
    if (n == -EAGAIN) {
      job.park_fd = job.fd;
      return Step::kParkWrite;
    }
    if (n < 0) return settle(job, job.chunk_done > 0 ? static_cast<int64_t>(job.chunk_done) : n);
    job.chunk_done += static_cast<uint64_t>(n);
  }
  return settle(job, static_cast<int64_t>(job.chunk_done));
}

}  // namespace

const OpTable kWriteOp = {"write", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
