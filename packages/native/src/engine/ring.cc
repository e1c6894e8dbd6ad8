#include "engine/ring.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/limits.h"
#include "engine/restrictions.h"
#include "engine/ring_setup.h"
#include "engine/syscalls.h"

namespace ringfs {

Ring::~Ring() {
  if (ready_) io_uring_queue_exit(&ring_);
}

int Ring::set_up() {
  direct_slots_ = 0;
  io_uring_params params{};
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | kRestrictable;
  params.cq_entries = kCqEntries;
  if (kernel_.defer_taskrun) params.flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  const int r = set_up_ring(kSqEntries, &ring_, &params);
  if (r != 0) return r;
  ready_ = true;
  // Each chain may need an ordinary descriptor, and the process wants some too.
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    chains_ = static_cast<unsigned>(std::clamp<rlim_t>(limit.rlim_cur / 4, 1, kRingSlots));
  }
  register_direct_slots();
  const int refused = restrict_and_enable(
      &ring_, {IORING_OP_OPENAT, IORING_OP_OPENAT2, IORING_OP_READ, IORING_OP_WRITE, IORING_OP_CLOSE, IORING_OP_FSYNC,
               IORING_OP_STATX, IORING_OP_UNLINKAT, IORING_OP_RENAMEAT, IORING_OP_MKDIRAT, IORING_OP_LINKAT,
               IORING_OP_SYMLINKAT, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, kOpFixedFdInstall, kOpFtruncate});
  if (refused == 0) return 0;
  io_uring_queue_exit(&ring_);
  ready_ = false;
  return refused;
}

void Ring::register_direct_slots() {
  // A direct chain needs a way back to an ordinary descriptor for whatever is not a small regular file.
  if (!kernel_.opcodes[kOpFixedFdInstall]) return;
  // liburing's helper raises RLIMIT_NOFILE for the whole process and its children; the plain call does not.
  io_uring_rsrc_register table{};
  table.nr = chains_;
  table.flags = IORING_RSRC_REGISTER_SPARSE;
  const long r = ::syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_FILES2, &table, sizeof(table));
  if (r == 0) direct_slots_ = chains_;
}

void Ring::make_room(unsigned count) {
  if (room() >= count) return;
  Counters::add(counters_.enters);
  // A submission that fails leaves its sqes in the queue; the next wait tries them again.
  io_uring_submit(&ring_);
}

io_uring_sqe* Ring::next_sqe() {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  Counters::add(counters_.sqes);
  return sqe;
}

int Ring::submit_and_wait(unsigned wait, int64_t timeout_ns) {
  // With neither, liburing asks nobody and says EAGAIN, which is no want of memory.
  if (wait == 0 && io_uring_sq_ready(&ring_) == 0) return 0;
  io_uring_cqe* cqe = nullptr;
  __kernel_timespec limit{};
  limit.tv_sec = timeout_ns / 1'000'000'000;
  limit.tv_nsec = timeout_ns % 1'000'000'000;
  Counters::add(counters_.enters);
  const int r = io_uring_submit_and_wait_timeout(&ring_, &cqe, wait, timeout_ns > 0 ? &limit : nullptr, nullptr);
  switch (-r) {
    // "Look at the completion queue", as much as success.
    case ETIME:
    case EINTR:
    case EBADR:
      break;
    // Sqes stay queued, and reaping makes room for them; where nothing moves the kernel gets time to find memory.
    case EBUSY:
    case EAGAIN:
    case ENOMEM:
      return still_failing(-r);
    default:
      if (r < 0) return -r;
  }
  failing_since_ns_ = 0;
  return 0;
}

int Ring::still_failing(int error) {
  if (io_uring_cq_ready(&ring_) > 0) return 0;
  const int64_t now = sys::now_ns();
  if (failing_since_ns_ == 0) failing_since_ns_ = now;
  if (now - failing_since_ns_ > kEnterPatienceNs) return error;
  const timespec pause{0, kEnterPauseNs};
  ::nanosleep(&pause, nullptr);
  return 0;
}

void Ring::cancel_everything() {
  io_uring_sync_cancel_reg all{};
  all.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  all.timeout.tv_nsec = kCancelWaitNs;
  ::syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_SYNC_CANCEL, &all, 1);
}

}  // namespace ringfs
