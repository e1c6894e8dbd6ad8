// writeFile and appendFile: open, cut, write, perhaps fsync, close as one job.
//
// The default whole-file write does not open with O_TRUNC: ext4 flushes such a file at close, which costs 130 to
// 390 us. It cuts the file to the new length first, then writes. A reader or a crash midway can see new bytes
// followed by old ones, never more than the new length; nothing is ever cut after a successful write.
#include <fcntl.h>
#include <sys/stat.h>
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

bool is_whole_in_memory(const Job& job) { return job.length <= kUserChunk; }

// Longer than the new data: the rest must go. Empty data always cuts, since that also sets the modification time.
bool needs_cut(const Job& job) {
  return job.has(option::kCutFirst) && job.facts.regular() && (job.facts.size > job.length || job.length == 0);
}

// ---- loop thread ---------------------------------------------------------------------------------------------

Step way(const Job& job, const LoopSide& side) {
  if ((job.flags & O_NONBLOCK) != 0) return Step::kToPool;  // a ring waits for room whatever the flags say
  if (job.has(option::kOnHandle) || !is_whole_in_memory(job)) return side.pool_unless_forced();
  // A flush truly waits for the disk: many of them wait better on one ring than on a few threads.
  return job.has(option::kFlush) ? side.ring_if_any() : side.pool_unless_forced();
}

Step on_loop(Job& job, LoopSide& side) {
  const size_t piece = way(job, side) == Step::kToRing ? kUserChunk : kPoolWriteChunk;
  const size_t size = std::min<uint64_t>(job.length - job.done, piece);
  if (size > 0) {
    if (!side.fill(job, job.done, size)) {
      job.fail(ENOMEM, Call::kWrite);
    } else if (job.chunk < size) {
      // What is left of a detached buffer is written, then the op says what happened.
      job.length = job.done + job.chunk;
      job.options |= option::kDetached;
    }
  }
  // The pool knows how such a job ends.
  if (job.has(option::kDetached)) {
    if (job.stage == Stage::kNeedData) job.stage = Stage::kTransfer;
    return Step::kToPool;
  }
  if (job.stage == Stage::kNeedData) {
    job.stage = Stage::kTransfer;
    return side.pool_unless_forced();
  }
  if (job.error != 0) return Step::kDone;
  return way(job, side);
}

// ---- ring ----------------------------------------------------------------------------------------------------

enum Phase : uint8_t {
  kBegin = 0,
  kDirectWrite,  // openat_direct -> write -> fsync -> close_direct, linked
  kInstall,
  kInstalled,
  kOpenExisting,
  kCut,
  kOverwrite,  // write -> fsync -> close, linked
  kChunk,      // one piece of data that does not fit into memory of ours as a whole
  kDirectClose,
};
enum Part : unsigned { kOpenPart = 0, kWritePart = 1, kSyncPart = 2, kClosePart = 3, kOnlyPart = 0 };

// A short write breaks the link, so the close behind it is cancelled and the file stays open for the rest.
// At an explicit offset: when the rest of a write fails, the kernel does not move the file's own position past the
// bytes it has written, and whoever goes on would write over them. O_APPEND ignores the offset.
uint64_t offset_of(const Job& job) {
  const uint64_t start = job.position < 0 ? 0 : static_cast<uint64_t>(job.position);
  return start + job.done;
}

// The file's own position goes along, for whoever writes or reads next: the pool, or the handle's owner. Where it stays
// behind the job has failed: what comes next would be written over these bytes.
bool move_position(Job& job) {
  if (job.facts.mode != 0 && !job.facts.regular()) return true;
  // O_APPEND has written at the end, wherever the position was.
  const int flags = ::fcntl(job.fd, F_GETFL);
  const bool appends = flags >= 0 && (flags & O_APPEND) != 0;
  const off_t to = appends ? 0 : static_cast<off_t>(offset_of(job));
  if (flags < 0 || ::lseek(job.fd, to, appends ? SEEK_END : SEEK_SET) < 0) job.fail(errno, Call::kWrite);
  return job.error == 0;
}

void add_write(Job& job, Chain& chain, int fd, unsigned flags) {
  chain.add(kWritePart, flags | IOSQE_IO_LINK, [&](io_uring_sqe* sqe) {
    io_uring_prep_write(sqe, fd, job.memory.data(), static_cast<unsigned>(job.chunk), offset_of(job));
  });
}

void add_sync(Chain& chain, int fd, unsigned flags) {
  chain.add(kSyncPart, flags | IOSQE_IO_LINK, [&](io_uring_sqe* sqe) { io_uring_prep_fsync(sqe, fd, 0); });
}

Step ring_direct_write(Job& job, Chain& chain) {
  const int fd = static_cast<int>(chain.direct());
  // A file that is not there yet needs no cut: O_EXCL makes sure of it, and the chain is whole.
  const int flags = job.flags | O_NONBLOCK | (job.has(option::kCutFirst) ? O_EXCL : 0);
  chain.open(kOpenPart, IOSQE_IO_LINK, job, flags, true);
  if (job.chunk > 0) add_write(job, chain, fd, IOSQE_FIXED_FILE);
  if (job.has(option::kFlush)) add_sync(chain, fd, IOSQE_FIXED_FILE);
  chain.add(kClosePart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, chain.direct()); });
  return chain.wait(kDirectWrite);
}

Step ring_open_existing(Job& job, Chain& chain) {
  chain.open(kOpenPart, 0, job, job.flags | O_NONBLOCK | O_CLOEXEC, false);
  return chain.wait(kOpenExisting);
}

Step ring_direct_close(Chain& chain) {
  chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, chain.direct()); });
  return chain.wait(kDirectClose);
}

Step ring_overwrite(Job& job, Chain& chain) {
  job.stage = Stage::kTransfer;
  if (job.chunk > 0) add_write(job, chain, job.fd, 0);
  if (job.has(option::kFlush)) add_sync(chain, job.fd, 0);
  chain.add(kClosePart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close(sqe, job.fd); });
  return chain.wait(kOverwrite);
}

Step ring_chunk(Job& job, Chain& chain) {
  job.stage = Stage::kTransfer;
  chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) {
    io_uring_prep_write(sqe, job.fd, job.memory.data(), static_cast<unsigned>(job.chunk), offset_of(job));
  });
  return chain.wait(kChunk);
}

Step ring_after_chunk(Job& job, Chain& chain, int result) {
  const auto written = static_cast<uint64_t>(std::max(0, result));
  job.chunk_done = written;
  job.done += written;
  if (written > 0 && !move_position(job)) return Step::kToPool;
  if (written != job.chunk || job.cancelled.load()) return Step::kToPool;
  if (job.done < job.length) {
    job.stage = Stage::kNeedData;
    return Step::kToLoop;
  }
  if (job.has(option::kOnHandle)) return close_and_finish(job);
  job.chunk = 0;
  return ring_overwrite(job, chain);
}

Step ring_handle(Job& job, Chain& chain) {
  if (sys::facts(job.fd, &job.facts) != 0 || !job.facts.regular()) return Step::kToPool;
  job.position = ::lseek(job.fd, 0, SEEK_CUR);
  if (job.position < 0) return Step::kToPool;
  return ring_chunk(job, chain);
}

Step ring_write_opened(Job& job, Chain& chain) {
  return is_whole_in_memory(job) ? ring_overwrite(job, chain) : ring_chunk(job, chain);
}

Step ring_opened(Job& job, Chain& chain) {
  const int r = sys::facts(job.fd, &job.facts);
  if (r != 0) {
    job.fail(-r, Call::kFstat);
    return close_and_finish(job);
  }
  job.stage = Stage::kSized;
  if (!job.facts.regular()) return Step::kToPool;
  sys::make_blocking(job.fd);
  if (!needs_cut(job)) return ring_write_opened(job, chain);
  if (!chain.has_opcode(kOpFtruncate)) return Step::kToPool;
  chain.add(kOnlyPart, 0,
            [&](io_uring_sqe* sqe) { io_uring_prep_rw(kOpFtruncate, sqe, job.fd, nullptr, 0, job.length); });
  return chain.wait(kCut);
}

// What the write, fsync and close of a linked chain came to. `closed` says whether the file is closed.
Step ring_judge_write(Job& job, Chain& chain, bool* closed) {
  const bool wrote = job.chunk == 0 || chain.result(kWritePart) == static_cast<int>(job.chunk);
  *closed = false;
  if (!wrote) {
    const int written = std::max(0, chain.result(kWritePart));
    job.chunk_done = static_cast<uint64_t>(written);
    job.done = job.chunk_done;
    return Step::kToPool;
  }
  job.done = job.chunk_done = job.chunk;
  const int synced = job.has(option::kFlush) ? chain.result(kSyncPart) : 0;
  if (synced < 0) {
    // The link to the close is broken: what the ring could not do the pool does, before it closes.
    if (ring_cannot(synced)) return Step::kToPool;
    job.fail(-synced, Call::kFsync);
    return Step::kDone;
  }
  *closed = true;
  return Step::kDone;
}

Step on_ring(Job& job, Chain& chain) {
  const int first = chain.result(kOnlyPart);
  bool closed = false;
  switch (static_cast<Phase>(chain.phase())) {
    case kBegin:
      if (job.stage == Stage::kTransfer) return ring_chunk(job, chain);
      if (job.has(option::kOnHandle)) return ring_handle(job, chain);
      if (!is_whole_in_memory(job) || !chain.has_direct()) return ring_open_existing(job, chain);
      return ring_direct_write(job, chain);
    case kDirectWrite: {
      if (first < 0) {
        if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpen);
        // The literal open, without O_EXCL, decides what a failure means.
        if (job.has(option::kCutFirst)) return ring_open_existing(job, chain);
        return ring_open_cannot(job, first) ? Step::kToPool : job.fail(-first, Call::kOpen);
      }
      const Step step = ring_judge_write(job, chain, &closed);
      if (closed) {
        const int r = chain.result(kClosePart);
        if (r == -ECANCELED) return ring_direct_close(chain);
        return r < 0 && !ring_cannot(r) ? job.fail(-r, Call::kClose) : Step::kDone;
      }
      if (step == Step::kDone || job.cancelled.load()) {
        job.fail(ECANCELED, Call::kWrite);  // unless something else has failed before
        return ring_direct_close(chain);
      }
      chain.add(kOnlyPart, IOSQE_FIXED_FILE, [&](io_uring_sqe* sqe) {
        io_uring_prep_rw(kOpFixedFdInstall, sqe, static_cast<int>(chain.direct()), nullptr, 0, 0);
      });
      return chain.wait(kInstall);
    }
    case kInstall:
      if (first >= 0) {
        job.fd = first;
        job.owns_fd = true;
        job.stage = Stage::kOpened;
      } else {
        job.fail(-first, Call::kOpen);
      }
      chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, chain.direct()); });
      return chain.wait(kInstalled);
    case kInstalled:
      if (job.fd < 0) return Step::kDone;
      move_position(job);
      return Step::kToPool;
    case kOpenExisting:
      if (first < 0) {
        if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpen);
        return ring_open_cannot(job, first) ? Step::kToPool : job.fail(-first, Call::kOpen);
      }
      job.fd = first;
      job.owns_fd = true;
      return ring_opened(job, chain);
    case kCut:
      if (first < 0) {
        if (ring_cannot(first)) return Step::kToPool;
        job.fail(-first, Call::kFtruncate);
        return close_and_finish(job);
      }
      return ring_write_opened(job, chain);
    case kOverwrite: {
      const Step step = ring_judge_write(job, chain, &closed);
      if (closed) return after_ring_close(job, chain.result(kClosePart));
      if (step == Step::kToPool) move_position(job);
      return step == Step::kDone ? close_and_finish(job) : step;
    }
    case kChunk:
      return ring_after_chunk(job, chain, first);
    case kDirectClose:
      return Step::kDone;
  }
  return Step::kToPool;
}

// ---- pool ----------------------------------------------------------------------------------------------------

// The data did not fit while old blocks were still held: give them up, as O_TRUNC would have, and begin again.
bool may_try_strictly(const Job& job, int error_number) {
  return (error_number == ENOSPC || error_number == EDQUOT) && job.has(option::kCutFirst) && !job.strict_again &&
         job.facts.regular();
}

Step begin_strictly(Job& job) {
  job.strict_again = true;
  if (::ftruncate(job.fd, 0) != 0) return job.fail(errno, Call::kFtruncate);
  if (::lseek(job.fd, 0, SEEK_SET) != 0) return job.fail(errno, Call::kWrite);
  job.done = 0;
  job.chunk = 0;
  job.chunk_done = 0;
  job.stage = Stage::kNeedData;
  return Step::kToLoop;
}

// A caller's own descriptor may block, and must not: ask first, and write what a writable pipe always takes.
int64_t write_to_stream(Job& job, const uint8_t* data, size_t size, bool may_block) {
  return may_block ? sys::write_ready(job.fd, data, size) : sys::write_at(job.fd, data, size, -1);
}

Step write_chunk(Job& job) {
  const bool stream = is_stream(job.facts);
  const bool callers = stream && job.has(option::kOnHandle);
  // With O_NONBLOCK, the caller's own, EAGAIN is the answer, as in Node.
  const bool never_waits = callers ? sys::is_nonblocking(job.fd) : (job.flags & O_NONBLOCK) != 0;
  const bool may_block = callers && !never_waits;
  while (job.chunk_done < job.chunk) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kWrite);
    if (may_block && !job.plain_io && !job.fifo_waited) {
      job.fifo_waited = true;
      job.park_fd = job.fd;
      return Step::kParkWrite;
    }
    const uint8_t* data = job.memory.data() + job.chunk_done;
    const size_t size = job.chunk - job.chunk_done;
    const int64_t n = stream ? write_to_stream(job, data, size, may_block) : sys::write_at(job.fd, data, size, -1);
    if (n == -EAGAIN && !never_waits) {
      job.fifo_waited = true;
      job.park_fd = job.fd;
      return Step::kParkWrite;
    }
    if (n < 0) {
      if (may_try_strictly(job, static_cast<int>(-n))) return begin_strictly(job);
      return job.fail(static_cast<int>(-n), Call::kWrite);
    }
    job.chunk_done += static_cast<uint64_t>(n);
    job.done += static_cast<uint64_t>(n);
    job.fifo_waited = false;
  }
  return Step::kDone;
}

Step finish(Job& job) {
  if (job.error == 0 && job.has(option::kDetached)) job.fail(kErrorDetached, Call::kWrite);
  if (job.error == 0 && job.has(option::kFlush) && ::fsync(job.fd) != 0) job.fail(errno, Call::kFsync);
  // After an error or an abort no old bytes may stand behind the new ones. What a failing ftruncate could
  // say is less than the error that is reported already.
  if (job.error != 0 && job.has(option::kCutFirst) && job.facts.regular() && job.facts.size > job.done) {
    if (::ftruncate(job.fd, static_cast<off_t>(job.done)) != 0) job.value = static_cast<int64_t>(job.done);
  }
  return close_and_finish(job);
}

Step on_pool(Job& job) {
  if (job.fd < 0) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpen);
    const Step opened = open_without_waiting(job, job.flags);
    if (opened != Step::kDone || job.error != 0) return opened;
    job.stage = Stage::kOpened;
  }
  if (job.stage == Stage::kStart || job.stage == Stage::kOpened) {
    const int r = sys::facts(job.fd, &job.facts);
    if (r != 0) {
      job.fail(-r, Call::kFstat);
      return close_and_finish(job);
    }
    job.stage = Stage::kSized;
  }
  if (job.stage == Stage::kSized) {
    job.stage = Stage::kTransfer;
    if (job.done == 0 && needs_cut(job) && ::ftruncate(job.fd, static_cast<off_t>(job.length)) != 0) {
      job.fail(errno, Call::kFtruncate);
      return close_and_finish(job);
    }
  }
  if (job.cancelled.load()) job.fail(ECANCELED, Call::kWrite);
  if (job.error == 0) {
    const Step step = write_chunk(job);
    if (step != Step::kDone) return step;
    if (job.error == 0 && job.done < job.length) {
      job.stage = Stage::kNeedData;
      return Step::kToLoop;
    }
  }
  return finish(job);
}

}  // namespace

const OpTable kWriteFileOp = {"writeFile", nullptr, on_loop, on_ring, on_pool};

}  // namespace ringfs
