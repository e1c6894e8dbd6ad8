// readFile: open, size, read, close as one job.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/cached_lane.h"
#include "engine/chain.h"
#include "engine/huge_pages.h"
#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/memory.h"
#include "engine/syscalls.h"
#include "engine/thread.h"
#include "ops/common.h"
#include "ops/op.h"

namespace ringfs {

namespace {

bool is_sized(const Job& job) { return job.facts.regular() && job.facts.size > 0; }

uint8_t* result_memory(Job& job) { return job.target != nullptr ? job.target : job.memory.data(); }

// A handle is read from its own position on; a path from byte 0.
int64_t offset_of(const Job& job) { return job.has(option::kOnHandle) ? -1 : static_cast<int64_t>(job.done); }

// Memory for the result, of exactly `size` bytes: Job::length says so, for whoever publishes it.
bool make_target(Job& job, Host& host, uint64_t size) {
  if (size > kStagedResultMax) keep_freed_memory();
  job.target = host.make_target(job, size);
  job.length = size;
  job.huge_pages = job.target != nullptr && HugePages::ours().pay(size);
  if (job.huge_pages) HugePages::ask(job.target, size);
  return job.target != nullptr;
}

void begin_reading(Job& job) {
  const bool small = job.target != nullptr && HugePages::are_for(job.length) && !job.huge_pages;
  if (small && job.done == 0) job.read_since_ns = sys::now_ns();
}

// Before the next `size` bytes are read.
void find_huge_pages(Job& job, uint64_t from, uint64_t size) {
  if (!job.huge_pages) return;
  uint8_t* const data = job.target + from;
  job.huge_pages = HugePages::ours().find(data, data + size, job.target + job.length);
}

// After each piece.
void end_reading(Job& job) {
  if (job.read_since_ns == 0 || job.done < job.length) return;
  HugePages::ours().note_small(job.length, sys::now_ns() - job.read_since_ns);
}

// ---- cached attempt ------------------------------------------------------------------------------------------

// The bytes that a read from the handle's own position can still give. False: nobody can say.
bool left_of_handle(const Job& job, uint64_t* left) {
  const off_t at = ::lseek(job.fd, 0, SEEK_CUR);
  if (at < 0) return false;
  const auto position = static_cast<uint64_t>(at);
  *left = position < job.facts.size ? job.facts.size - position : 0;
  return true;
}

// Where there is nothing to read no read is made that would say that this is not a descriptor to read from.
bool may_be_read(const Job& job) {
  const int flags = job.has(option::kOnHandle) ? ::fcntl(job.fd, F_GETFL) : job.flags;
  const int access = flags & O_ACCMODE;  // 3 is neither
  return flags >= 0 && (access == O_RDONLY || access == O_RDWR) && (flags & O_PATH) == 0;
}

bool read_cached(Job& job, CachedLane& lane) {
  const auto kind = lane.mounts().kind(job.facts);
  if (kind == Filesystem::kOther || !job.facts.regular()) return false;
  uint64_t size = job.facts.size;
  if (job.has(option::kOnHandle) && !left_of_handle(job, &size)) return false;
  if (size == 0 && !may_be_read(job)) return false;
  if (job.facts.size == 0) return true;  // on these filesystems a size of 0 is an empty file
  if (size > kCachedBytesMax || job.facts.size > kCachedBytesMax) return false;
  const bool text = job.has(option::kUtf8 | option::kLatin1);
  if (text) {
    if (!lane.scratch().reserve(kCachedBytesMax)) return false;
    job.target = lane.scratch().data();
  } else {
    if (!make_target(job, lane.host(), size)) return false;
  }
  const int64_t n = size == 0 ? 0 : lane.read(job.fd, job.facts, job.target, size, offset_of(job));
  if (n == static_cast<int64_t>(size)) {
    job.done = size;
    return true;
  }
  // A result shorter than the size is a miss, not the end of the file. What a handle's own position has
  // moved past is kept; a path begins again.
  if (n > 0 && job.has(option::kOnHandle)) {
    if (job.memory.reserve(job.facts.size)) {
      std::copy_n(job.target, n, job.memory.data());
      job.done = static_cast<uint64_t>(n);
    }
  }
  job.target = nullptr;
  return false;
}

bool cached(Job& job, CachedLane& lane) {
  if (job.has(option::kOnHandle)) {
    if (sys::facts_without_sync(job.fd, &job.facts) != 0) return false;
    if (read_cached(job, lane)) return true;
    // On a network filesystem these facts may be old: whoever goes on asks again.
    if (lane.mounts().kind(job.facts) != Filesystem::kOther) job.stage = Stage::kSized;
    return false;
  }
  if ((job.flags & (O_CREAT | O_TRUNC)) != 0) return false;
  const auto opened = lane.open(job, job.flags);
  if (opened == CachedLane::Opened::kFailed) return true;
  if (opened == CachedLane::Opened::kNo) return false;
  job.stage = Stage::kSized;
  if (!read_cached(job, lane)) return false;
  close_and_finish(job);
  return true;
}

// ---- cached attempt that shares its system call --------------------------------------------------------------

bool shared_prep(Job& job, CachedLane& lane, CachedRing& ring, unsigned index) {
  uint64_t resolve = 0;
  if (job.has(option::kOnHandle) || (job.flags & ~O_CLOEXEC) != O_RDONLY || !lane.may_open(job, &resolve)) return false;
  job.chunk = resolve;
  ring.open(index, job.dir_fd(), job.path.c_str(), job.flags, resolve);
  ring.read_opened(index);
  return true;
}

// What two reads have got, the second one's bytes standing behind the room of the first: where that was not filled, a
// writer came between.
void keep_both_reads(Job& job, uint8_t* memory, int n, int beyond) {
  job.done = static_cast<uint64_t>(std::max(0, n));
  if (beyond <= 0) return;
  if (job.done < kChainBytes) std::copy_n(memory + kChainBytes, beyond, memory + job.done);
  job.done += static_cast<uint64_t>(beyond);
}

// A file that ends within the first read is in memory as a whole: 0 bytes behind it say so, where a page that is not
// cached would have said EAGAIN. Whatever else this is goes on as an ordinary descriptor on the same open file.
Shared shared_judge(Job& job, CachedLane& lane, CachedRing& ring, unsigned index) {
  const uint64_t resolve = job.chunk;
  job.chunk = 0;
  const int opened = ring.opened(index);
  if (opened < 0) return lane.is_answer(job, opened, job.flags, resolve) ? Shared::kDone : Shared::kMiss;
  const int n = ring.read_bytes(index);
  const int beyond = ring.beyond(index);
  lane.note_nowait(n != -EOPNOTSUPP);
  uint8_t* memory = ring.memory(index);
  keep_both_reads(job, memory, n, beyond);
  if (n > 0 && beyond == 0) {
    job.target = memory;  // from which it is copied before the next attempts
    return Shared::kClose;
  }
  if (job.done == 0) return Shared::kInstall;
  if (!job.memory.reserve(kChainMemory)) {
    job.fail(ENOMEM, Call::kRead);
    return Shared::kClose;
  }
  std::copy_n(memory, job.done, job.memory.data());
  return Shared::kInstall;
}

// Bytes [0, done) have been read. A regular file is read again from byte 0; of anything else nothing is lost.
bool shared_go_on(Job& job, CachedLane& lane) {
  if (!lane.look(job)) return false;
  job.stage = Stage::kSized;
  if (!job.facts.regular()) return false;
  job.done = 0;
  if (!read_cached(job, lane)) return false;
  close_and_finish(job);
  return true;
}

constexpr SharedAttempt kShared = {shared_prep, shared_judge, shared_go_on};

// ---- loop thread ---------------------------------------------------------------------------------------------

// Whether a file that was too large for an attempt begins in the page cache, and all of it likely is there. The ring
// would hand such a copy to a worker of the kernel's and wait for it; a thread that reads and closes in one go is done
// sooner. Asking has the kernel begin to read what is not there, as the ring's read would.
bool looks_cached(const Job& job) {
  uint8_t first = 0;
  return job.facts.size > kStagedResultMax && job.facts.size <= kReadChunk &&
         sys::read_nowait(job.fd, &first, 1, 0) == 1;
}

// The file is open and its size known: where its bytes go, and who reads them.
Step arrange(Job& job, LoopSide& side) {
  if (job.facts.regular() && job.facts.size > static_cast<uint64_t>(kMaxFileSize)) {
    job.value = static_cast<int64_t>(job.facts.size);
    job.fail(kErrorTooLarge, Call::kRead);
    return close_and_finish(job);
  }
  job.stage = Stage::kTransfer;
  if (!is_sized(job)) return Step::kToPool;
  // The result's own memory, given to the kernel only where the request is sure to end by itself.
  uint64_t size = job.facts.size;
  if (job.has(option::kOnHandle)) {
    uint64_t left = 0;  // where nobody can say how many, the pool reads to the end
    (void)left_of_handle(job, &left);
    size = job.done + left;
  }
  if (size > kStagedResultMax && job.done == 0 && side.is_local(job.facts) && !make_target(job, side.host(), size)) {
    job.fail(ENOMEM, Call::kRead);
    return close_and_finish(job);
  }
  if (job.has(option::kOnHandle)) {
    job.facts.size = size;
    return side.pool_unless_forced();
  }
  const Step way = side.answers_nowait(job.facts) ? side.ring_if_any() : side.pool_unless_forced();
  return way == Step::kToRing && looks_cached(job) ? side.pool_unless_forced() : way;
}

Step on_loop(Job& job, LoopSide& side) {
  if (job.stage == Stage::kSized || job.stage == Stage::kNeedTarget) return arrange(job, side);
  // A ring waits for data whatever the flags say.
  if (job.has_taken || (job.fd < 0 && (job.flags & O_NONBLOCK) != 0)) return Step::kToPool;
  if (job.fd >= 0 || (job.flags & (O_CREAT | O_TRUNC)) != 0) return side.pool_unless_forced();
  return side.ring_if_any();
}

// ---- ring ----------------------------------------------------------------------------------------------------

enum Phase : uint8_t {
  kBegin = 0,
  kPlainOpen,     // openat: an ordinary descriptor, where there are no direct ones
  kDirectRead,    // openat_direct -> read -> read behind the last byte, linked
  kInstall,       // direct descriptor -> ordinary one
  kInstalled,     // close_direct done, going on with the ordinary one
  kInstallAtEnd,  // the same two steps where the first read gave nothing
  kInstalledAtEnd,
  kDirectClose,
  kParts,  // several reads side by side
  kTail,   // one read at a time
  kClose,
};
enum Part : unsigned { kOpenPart = 0, kReadPart = 1, kBeyondPart = 2, kOnlyPart = 0 };
constexpr auto kOwnPosition = static_cast<uint64_t>(-1);

Step ring_direct_close(Job& job, Chain& chain) {
  (void)job;
  chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, chain.direct()); });
  return chain.wait(kDirectClose);
}

Step ring_install(Chain& chain, Phase phase) {
  chain.add(kOnlyPart, IOSQE_FIXED_FILE, [&](io_uring_sqe* sqe) {
    io_uring_prep_rw(kOpFixedFdInstall, sqe, static_cast<int>(chain.direct()), nullptr, 0, 0);
  });
  return chain.wait(phase);
}

Step ring_close(Job& job, Chain& chain) {
  if (job.has(option::kOnHandle)) return close_and_finish(job);  // a duplicate: nothing waits for its close
  chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close(sqe, job.fd); });
  return chain.wait(kClose);
}

// As many as there are CPUs to copy them.
unsigned parts_in_flight() {
  static const unsigned parts = std::clamp(usable_cpus(), 2u, kReadChunksInFlight);
  return parts;
}

// Of the large parts this thread copies the last one, workers of the kernel's the others. All of them given to workers
// were copied by one CPU of two (seen on Linux 6.18: as much CPU time as time).
bool is_for_worker(unsigned part, size_t size) { return size > kStagedResultMax && part + 1 < parts_in_flight(); }

// Of a result that may have huge pages a part is one of them, so that no two threads wait for the same.
unsigned part_size(const Job& job, uint64_t from) {
  static_assert(kReadChunk == HugePages::kSize);
  const bool large = job.target != nullptr && HugePages::are_for(job.length);
  const uint64_t within = large ? reinterpret_cast<uintptr_t>(job.target + from) % HugePages::kSize : 0;
  return static_cast<unsigned>(std::min<uint64_t>(kReadChunk - within, job.facts.size - from));
}

Step ring_parts(Job& job, Chain& chain) {
  job.parts_issued = job.done;
  for (unsigned part = 0; part < parts_in_flight() && job.parts_issued < job.facts.size; part++) {
    const uint64_t from = job.parts_issued;
    const unsigned size = part_size(job, from);
    find_huge_pages(job, from, size);
    chain.add(part, is_for_worker(part, size) ? IOSQE_ASYNC : 0,
              [&](io_uring_sqe* sqe) { io_uring_prep_read(sqe, job.fd, result_memory(job) + from, size, from); });
    job.parts_issued += size;
  }
  return chain.wait(kParts);
}

Step ring_tail(Job& job, Chain& chain) {
  const auto size = static_cast<unsigned>(std::min<uint64_t>(kReadChunk, job.facts.size - job.done));
  chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, job.fd, result_memory(job) + job.done, size, static_cast<uint64_t>(offset_of(job)));
  });
  return chain.wait(kTail);
}

// An ordinary descriptor whose facts are known.
Step ring_transfer(Job& job, Chain& chain) {
  if (!is_sized(job)) {
    job.stage = Stage::kTransfer;
    return Step::kToPool;
  }
  if (job.stage != Stage::kTransfer) {
    if (!job.has(option::kOnHandle)) job.done = 0;
    if (job.facts.size > kStagedResultMax) {
      sys::filesystem(job.fd, &job.facts);
      job.stage = Stage::kNeedTarget;
      return Step::kToLoop;
    }
    job.stage = Stage::kTransfer;
  }
  if (job.target == nullptr && !job.memory.reserve(job.facts.size, job.done)) {
    job.fail(ENOMEM, Call::kRead);
    return close_and_finish(job);
  }
  if (job.has(option::kOnHandle)) return ring_tail(job, chain);
  // From here on the descriptor must wait for its data like any other.
  sys::make_blocking(job.fd);
  begin_reading(job);
  return ring_parts(job, chain);
}

Step ring_opened(Job& job, Chain& chain) {
  const int r = sys::facts(job.fd, &job.facts);
  if (r != 0) {
    job.fail(-r, Call::kFstat);
    return close_and_finish(job);
  }
  job.stage = Stage::kSized;
  return ring_transfer(job, chain);
}

Step ring_begin(Job& job, Chain& chain) {
  if (job.fd >= 0) return job.stage == Stage::kTransfer ? ring_transfer(job, chain) : ring_opened(job, chain);
  if (!chain.has_direct() || !job.memory.reserve(kChainMemory)) {
    chain.open(kOpenPart, 0, job, job.flags | O_NONBLOCK | O_CLOEXEC, false);
    return chain.wait(kPlainOpen);
  }
  // O_CLOEXEC with a direct descriptor is EINVAL; O_NONBLOCK keeps a FIFO from holding a worker.
  chain.open(kOpenPart, IOSQE_IO_LINK, job, job.flags | O_NONBLOCK, true);
  // Both reads at the file's own position; a hard link, because a short read breaks a plain one.
  chain.add(kReadPart, IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, static_cast<int>(chain.direct()), job.memory.data(), kChainBytes, kOwnPosition);
  });
  chain.add(kBeyondPart, IOSQE_FIXED_FILE, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, static_cast<int>(chain.direct()), job.memory.data() + kChainBytes, kBeyondBytes,
                       kOwnPosition);
  });
  return chain.wait(kDirectRead);
}

Step ring_open_failed(Job& job, int result) {
  if (job.cancelled.load()) return job.fail(ECANCELED, Call::kOpen);
  return ring_open_cannot(job, result) ? Step::kToPool : job.fail(-result, Call::kOpen);
}

// A small regular file shows nothing behind its last byte. Whatever else this is (a larger file, procfs, a FIFO, an
// error) goes on as an ordinary descriptor on the same open file, with bytes [0, done) in memory: nothing is lost.
Step ring_after_direct_read(Job& job, Chain& chain) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kRead);
    return ring_direct_close(job, chain);
  }
  const int n = chain.result(kReadPart);
  const int beyond = chain.result(kBeyondPart);
  keep_both_reads(job, job.memory.data(), n, beyond);
  if (n > 0 && beyond == 0) return ring_direct_close(job, chain);
  return ring_install(chain, n == 0 && beyond <= 0 ? kInstallAtEnd : kInstall);
}

Step ring_after_parts(Job& job, Chain& chain) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kRead);
    return ring_close(job, chain);
  }
  // The unbroken run of bytes from the start counts; a short or failed part is asked for again, alone.
  uint64_t at = job.done;
  for (unsigned part = 0; part < parts_in_flight() && at < job.parts_issued; part++) {
    const unsigned asked = part_size(job, at);
    const int r = chain.result(part);
    if (r > 0) job.done += static_cast<uint64_t>(r);
    if (r < 0 || static_cast<unsigned>(r) < asked) return ring_tail(job, chain);
    at += asked;
  }
  end_reading(job);
  if (job.done < job.facts.size) return ring_parts(job, chain);
  return ring_close(job, chain);
}

Step ring_after_tail(Job& job, Chain& chain) {
  const int r = chain.result(kOnlyPart);
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kRead);
    return ring_close(job, chain);
  }
  if (r < 0) {
    if (ring_cannot(r)) return Step::kToPool;
    job.fail(-r, Call::kRead);
    return ring_close(job, chain);
  }
  job.done += static_cast<uint64_t>(r);
  if (r == 0 || job.done == job.facts.size) return ring_close(job, chain);
  return ring_tail(job, chain);
}

Step on_ring(Job& job, Chain& chain) {
  const int first = chain.result(kOnlyPart);
  switch (static_cast<Phase>(chain.phase())) {
    case kBegin:
      return ring_begin(job, chain);
    case kPlainOpen:
      if (first < 0) return ring_open_failed(job, first);
      job.fd = first;
      job.owns_fd = true;
      return ring_opened(job, chain);
    case kDirectRead:
      if (first < 0) return ring_open_failed(job, first);
      return ring_after_direct_read(job, chain);
    case kInstall:
    case kInstallAtEnd:
      if (first >= 0) {
        job.fd = first;
        job.owns_fd = true;
      } else {
        // No ordinary descriptor is left (EMFILE), which is what a plain open would have said.
        job.fail(-first, Call::kOpen);
      }
      chain.add(kOnlyPart, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, chain.direct()); });
      return chain.wait(chain.phase() == kInstall ? kInstalled : kInstalledAtEnd);
    case kInstalled:
      return job.fd >= 0 ? ring_opened(job, chain) : Step::kDone;
    case kInstalledAtEnd:
      if (job.fd < 0) return Step::kDone;
      // A regular file that reads as ended at byte 0 is empty; a FIFO may only have no writer yet.
      if (sys::facts(job.fd, &job.facts) == 0 && job.facts.regular()) return ring_close(job, chain);
      return ring_opened(job, chain);
    case kParts:
      return ring_after_parts(job, chain);
    case kTail:
      return ring_after_tail(job, chain);
    case kClose:
      return after_ring_close(job, first);
    case kDirectClose:
      if (first < 0 && !ring_cannot(first)) job.fail(-first, Call::kClose);
      return Step::kDone;
  }
  return Step::kToPool;
}

// ---- pool ----------------------------------------------------------------------------------------------------

// Reads a file whose size is known: as many bytes as it had when it was asked.
Step pool_sized(Job& job) {
  if (job.target == nullptr && !job.memory.reserve(job.facts.size, job.done)) return job.fail(ENOMEM, Call::kRead);
  begin_reading(job);
  while (job.done < job.facts.size) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kRead);
    // In pieces, so that a tear-down finds an end soon.
    const size_t size = std::min<uint64_t>(job.facts.size - job.done, kPoolPiece);
    find_huge_pages(job, job.done, size);
    const int64_t n = sys::read_at(job.fd, result_memory(job) + job.done, size, offset_of(job));
    if (n < 0) return job.fail(static_cast<int>(-n), Call::kRead);
    if (n == 0) break;
    job.done += static_cast<uint64_t>(n);
    end_reading(job);
  }
  return Step::kDone;
}

// Reads to the end: procfs, pipes, devices, and files that were empty when asked.
Step pool_unsized(Job& job) {
  const bool stream = is_stream(job.facts);
  const bool handle = job.has(option::kOnHandle);
  // With O_NONBLOCK, the caller's own, EAGAIN is the answer, as in Node.
  const bool never_waits = stream && (handle ? sys::is_nonblocking(job.fd) : (job.flags & O_NONBLOCK) != 0);
  for (;;) {
    if (job.cancelled.load()) return job.fail(ECANCELED, Call::kRead);
    // A FIFO nobody has opened for writing reads as ended; a caller's own descriptor may block.
    if (stream && !never_waits && !job.plain_io && !job.fifo_waited) {
      job.fifo_waited = true;
      job.park_fd = job.fd;
      return Step::kParkRead;
    }
    if (job.memory.capacity() < job.done + kUnknownChunk &&
        !job.memory.reserve(std::max<uint64_t>(2 * job.memory.capacity(), job.done + kUnknownChunk), job.done)) {
      return job.fail(ENOMEM, Call::kRead);
    }
    const int64_t offset = stream || handle ? -1 : static_cast<int64_t>(job.done);
    uint8_t* to = job.memory.data() + job.done;
    // A caller's own descriptor may block, and another reader may have been quicker than this one.
    const bool may_block = stream && handle && !never_waits;
    const int64_t n =
        may_block ? sys::read_ready(job.fd, to, kUnknownChunk) : sys::read_at(job.fd, to, kUnknownChunk, offset);
    // readDescriptor of core asks for no more than that.
    if (n == -EAGAIN && never_waits && handle && (job.flags & O_NONBLOCK) != 0) return Step::kDone;
    if (n == -EAGAIN && !never_waits) {
      job.park_fd = job.fd;
      return Step::kParkRead;
    }
    if (n < 0) return job.fail(static_cast<int>(-n), Call::kRead);
    if (n == 0) return Step::kDone;
    job.done += static_cast<uint64_t>(n);
    if (job.done > static_cast<uint64_t>(kMaxFileSize)) {
      job.value = static_cast<int64_t>(job.done);
      return job.fail(kErrorTooLarge, Call::kRead);
    }
    if (handle) job.fifo_waited = false;
  }
}

Step on_pool(Job& job) {
  if (job.cancelled.load()) {
    job.fail(ECANCELED, Call::kRead);
    return close_and_finish(job);
  }
  if (job.fd < 0) {
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
    if (job.has_taken && !job.facts.regular()) {
      job.fail(EIO, Call::kRead);
      return close_and_finish(job);
    }
    if (job.facts.regular() && job.facts.size > kStagedResultMax) {
      sys::filesystem(job.fd, &job.facts);
      job.stage = Stage::kNeedTarget;
      return Step::kToLoop;
    }
    job.stage = Stage::kTransfer;
  }
  const Step step = is_sized(job) ? pool_sized(job) : pool_unsized(job);
  return step == Step::kDone ? close_and_finish(job) : step;
}

}  // namespace

const OpTable kReadFileOp = {"readFile", cached, on_loop, on_ring, on_pool, &kShared};

}  // namespace ringfs
