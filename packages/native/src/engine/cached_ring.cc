#include "engine/cached_ring.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "engine/checked_memory.h"
#include "engine/limits.h"
#include "engine/restrictions.h"
#include "engine/ring_setup.h"
#include "engine/syscalls.h"

namespace ringfs {

namespace {

// Open, two reads, and later a descriptor and a close.
constexpr unsigned kSqesEach = 3;
constexpr unsigned kEntries = kTriedTogether * kSqesEach;
constexpr int kFruitlessEnters = 8;

}  // namespace

CachedRing::CachedRing(const Kernel& kernel, Counters& counters) : kernel_(kernel), counters_(counters) {}

CachedRing::~CachedRing() {
  if (ready_) io_uring_queue_exit(&ring_);
}

bool CachedRing::set_up() {
  if (off_ || sys::now_ns() < again_ns_) return false;
  for (const unsigned opcode : {unsigned{IORING_OP_OPENAT2}, unsigned{IORING_OP_READ}, unsigned{IORING_OP_CLOSE},
                                unsigned{kOpFixedFdInstall}}) {
    off_ = off_ || !kernel_.opcodes[opcode];
  }
  if (off_) return false;
  if (!memory_.reserve(kTriedTogether * kChainMemory)) return refused(-ENOMEM);
  io_uring_params params{};
  params.flags = IORING_SETUP_CLAMP | kRestrictable;
  if (kernel_.defer_taskrun) params.flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int r = set_up_ring(kEntries, &ring_, &params);
  if (r != 0) return refused(r);
  // liburing's helper raises RLIMIT_NOFILE for the whole process and its children; the plain call does not.
  io_uring_rsrc_register table{};
  table.nr = kTriedTogether;
  table.flags = IORING_RSRC_REGISTER_SPARSE;
  r = ::syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_FILES2, &table, sizeof(table)) == 0 ? 0 : -errno;
  if (r == 0) r = restrict_and_enable(&ring_, {IORING_OP_OPENAT2, IORING_OP_READ, IORING_OP_CLOSE, kOpFixedFdInstall});
  if (r != 0) {
    io_uring_queue_exit(&ring_);
    return refused(r);
  }
  ready_ = true;
  return true;
}

bool CachedRing::refused(int result) {
  off_ = !is_passing(-result);
  again_ns_ = sys::now_ns() + kAskAgainNs;
  return false;
}

template <typename Prep>
void CachedRing::add(unsigned index, Part part, unsigned flags, Prep prep) {
  // The ring is gone where the kernel refused an enter for good, perhaps between the two of one batch.
  if (!ready_) return;
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  prep(sqe);
  check_memory(*sqe);
  sqe->flags |= static_cast<uint8_t>(flags);
  sqe->user_data = uint64_t{index} * kParts + part;
  added_ += 1;
}

void CachedRing::open(unsigned index, int dir_fd, const char* path, int flags, uint64_t resolve) {
  results_[index].fill(-ECANCELED);
  open_how& how = how_[index];
  how = open_how{};
  // O_CLOEXEC with a direct descriptor is EINVAL.
  how.flags = static_cast<uint64_t>(static_cast<uint32_t>((flags & ~O_CLOEXEC) | O_NONBLOCK));
  how.resolve = resolve;
  add(index, kOpened, IOSQE_IO_LINK, [&](io_uring_sqe* sqe) {
    io_uring_prep_openat2(sqe, dir_fd, path, &how);
    sqe->file_index = index + 1;
  });
}

// Both at the file's own position: the second finds the end, or what the first has left. A hard link, because a short
// read breaks a plain one.
void CachedRing::read_opened(unsigned index) {
  const auto prep = [&](uint8_t* to, unsigned room) {
    return [=](io_uring_sqe* sqe) {
      io_uring_prep_read(sqe, static_cast<int>(index), to, room, static_cast<uint64_t>(-1));
      sqe->rw_flags = RWF_NOWAIT;
    };
  };
  add(index, kRead, IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK, prep(memory(index), kChainBytes));
  add(index, kBeyond, IOSQE_FIXED_FILE, prep(memory(index) + kChainBytes, kBeyondBytes));
}

void CachedRing::read(unsigned index, int fd, void* data, unsigned size, int64_t offset) {
  results_[index].fill(-ECANCELED);
  add(index, kRead, 0, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, fd, data, size, static_cast<uint64_t>(offset));
    sqe->rw_flags = RWF_NOWAIT;
  });
}

void CachedRing::close_opened(unsigned index) {
  add(index, kClosed, 0, [&](io_uring_sqe* sqe) { io_uring_prep_close_direct(sqe, index); });
}

void CachedRing::install_opened(unsigned index) {
  add(index, kInstalled, IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK,
      [&](io_uring_sqe* sqe) { io_uring_prep_rw(kOpFixedFdInstall, sqe, static_cast<int>(index), nullptr, 0, 0); });
  close_opened(index);
}

void CachedRing::enter() {
  Counters::add(counters_.sqes, added_);
  // An interrupted wait, or a moment without memory: what is left is submitted and waited for again. Where the kernel
  // goes on refusing (a seccomp profile that came later) there is no ring any more, and every attempt is a miss.
  for (int fruitless = 0; added_ > 0;) {
    Counters::add(counters_.enters);
    const int r = io_uring_submit_and_wait(&ring_, added_);
    if (r < 0 && r != -EINTR && ++fruitless == kFruitlessEnters) {
      io_uring_queue_exit(&ring_);
      ready_ = false;
      off_ = true;
      added_ = 0;
      return;
    }
    io_uring_cqe* cqe = nullptr;
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      const uint64_t tag = io_uring_cqe_get_data64(cqe);
      results_[tag / kParts][tag % kParts] = cqe->res;
      seen += 1;
    }
    io_uring_cq_advance(&ring_, seen);
    Counters::add(counters_.cqes, seen);
    added_ -= seen;
  }
}

}  // namespace ringfs
