#include "fault_plan.h"

#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>

namespace ringfs::test::fault {

namespace {

// Plan's fields; every thread reads them, and a running engine may be given another plan.
struct PlanNow {
  std::atomic<Point> point{};
  std::atomic<Manner> manner{};
  std::atomic<int> error{0};
  std::atomic<uint64_t> nth{1};
  std::atomic<bool> for_good{false};
  std::atomic<uint64_t> times{1};
  std::atomic<int> hold_ms{0};
};
PlanNow plan_now;
std::atomic<bool> armed{false};
std::atomic<uint64_t> seen{0};
std::atomic<uint64_t> struck{0};

constexpr useconds_t kLate = 3000;

std::mutex meeting;
std::condition_variable met_changed;
bool met = false;
std::thread::id loop_thread;

void meet() {
  std::unique_lock<std::mutex> lock(meeting);
  // After disarm() nobody lets it go on.
  if (std::this_thread::get_id() == loop_thread || !armed.load()) return;
  met = true;
  met_changed.wait_for(lock, std::chrono::milliseconds(plan_now.hold_ms), [] { return !met; });
}

// Only what carries a count can be cut short.
bool strikes(Point point, bool has_count = true) {
  if (!armed.load(std::memory_order_acquire) || plan_now.point != point) return false;
  const bool cuts = plan_now.manner == Manner::kShort || plan_now.manner == Manner::kAlmost;
  if (cuts && !has_count) return false;
  const uint64_t n = seen.fetch_add(1) + 1;
  const bool now = n >= plan_now.nth && (plan_now.for_good || n < plan_now.nth + plan_now.times);
  if (now) struck.fetch_add(1);
  return now;
}

// For calls that carry a count: whether it fails, and how many bytes are left of it.
bool fails(Point point, size_t* size) {
  if (!strikes(point, size != nullptr)) return false;
  switch (plan_now.manner) {
    case Manner::kFails:
      errno = plan_now.error;
      return true;
    case Manner::kShort:
      *size = std::min<size_t>(*size, 1);
      return false;
    case Manner::kAlmost:
      if (*size > 1) *size -= 1;
      return false;
    case Manner::kDelayed:
      ::usleep(kLate);
      return false;
    case Manner::kMet:
      meet();
      return false;
    default:
      return false;
  }
}

bool fails(Point point) { return fails(point, nullptr); }

// ---- requests ------------------------------------------------------------------------------------------------

constexpr uint32_t kNopInjectResult = 1;
constexpr uint32_t kFirstTag = 0xffffff00;  // the doorbell's and the cancels' user_data

void become_nop(io_uring_sqe* sqe, int result) {
  const uint8_t flags = sqe->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
  const uint64_t user_data = sqe->user_data;
  std::memset(sqe, 0, sizeof(*sqe));
  sqe->opcode = IORING_OP_NOP;
  sqe->fd = -1;
  sqe->flags = flags;
  sqe->user_data = user_data;
  sqe->len = static_cast<uint32_t>(result);
  sqe->rw_flags = static_cast<int>(kNopInjectResult);
}

// Two threads have a ring: the ring thread and the loop thread.
std::mutex rings;

// Requests whose cqe is to be changed when it has come.
std::array<uint64_t, 64> marked{};
size_t marks = 0;
uint64_t twin_of = 0;
bool twin_due = false;

// A close that fails has closed all the same; so it is made, and its cqe says otherwise.
void change_cqes(io_uring* ring) {
  const std::lock_guard<std::mutex> lock(rings);
  const unsigned mask = *ring->cq.kring_mask;
  const unsigned to = io_uring_smp_load_acquire(ring->cq.ktail);
  for (unsigned at = *ring->cq.khead; at != to; at++) {
    io_uring_cqe* cqe = &ring->cq.cqes[at & mask];
    const auto* end = marked.begin() + marks;
    if (std::find(marked.begin(), marked.begin() + marks, cqe->user_data) == end) continue;
    if (plan_now.manner == Manner::kDoubled) {
      twin_of = cqe->user_data;
      twin_due = true;
    } else if (cqe->res >= 0) {
      cqe->res = -plan_now.error;
    }
  }
}

// The same cqe once more, after the engine has seen it for the first time.
void send_twin(io_uring* ring) {
  const std::lock_guard<std::mutex> lock(rings);
  if (!twin_due) return;
  io_uring_sqe* twin = io_uring_get_sqe(ring);
  if (twin == nullptr) return;
  io_uring_prep_nop(twin);
  twin->user_data = twin_of;
  twin_due = false;
}

void mark(const io_uring_sqe* sqe) {
  if (marks < marked.size()) marked[marks++] = sqe->user_data;
}

// Never readable. There from the start, so that it counts in nobody's books.
const int silent_fd = ::eventfd(0, EFD_CLOEXEC);

bool moves_bytes(const io_uring_sqe* sqe) {
  return (sqe->opcode == IORING_OP_READ || sqe->opcode == IORING_OP_WRITE) && sqe->len > 1;
}

// Looks at what is about to be submitted. A request that is cut short breaks its link, as the kernel would have it,
// unless that is a hard one.
void spoil_sqes(io_uring* ring) {
  const std::lock_guard<std::mutex> lock(rings);
  const bool cuts = plan_now.manner == Manner::kShort || plan_now.manner == Manner::kAlmost;
  bool broken = false;
  const unsigned tail = ring->sq.sqe_tail;
  for (unsigned at = ring->sq.sqe_head; at != tail; at++) {
    io_uring_sqe* sqe = &ring->sq.sqes[at & *ring->sq.kring_mask];
    const bool linked_on = (sqe->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)) != 0;
    const bool breaks = (sqe->flags & IOSQE_IO_LINK) != 0;
    if (broken) {
      become_nop(sqe, -ECANCELED);
      broken = linked_on;
      continue;
    }
    if (static_cast<uint32_t>(sqe->user_data) >= kFirstTag || (cuts && !moves_bytes(sqe))) continue;
    if (!strikes(Point::kSqe)) continue;
    if (cuts) {
      sqe->len = plan_now.manner == Manner::kShort ? 1 : sqe->len - 1;
      broken = breaks;
    } else if (plan_now.manner == Manner::kFails) {
      if (sqe->opcode == IORING_OP_CLOSE && plan_now.error != ECANCELED) {
        mark(sqe);
      } else {
        become_nop(sqe, -plan_now.error);
      }
    } else if (plan_now.manner == Manner::kDoubled) {
      mark(sqe);
    } else if (plan_now.manner == Manner::kHangs) {
      const uint8_t flags = sqe->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
      const uint64_t user_data = sqe->user_data;
      io_uring_prep_poll_add(sqe, silent_fd, POLLIN);
      sqe->flags = flags;
      sqe->user_data = user_data;
    }
  }
}

void turn_round(io_uring* ring) {
  unsigned from = *ring->cq.khead;
  unsigned to = io_uring_smp_load_acquire(ring->cq.ktail);
  const unsigned mask = *ring->cq.kring_mask;
  for (; from + 1 < to; from++, to--) std::swap(ring->cq.cqes[from & mask], ring->cq.cqes[(to - 1) & mask]);
}

bool spoils(Point point) { return armed.load(std::memory_order_acquire) && plan_now.point == point; }

// ---- notifications -------------------------------------------------------------------------------------------

std::array<std::atomic<bool>, 4096> is_eventfd{};

bool tells(int fd) { return fd >= 0 && fd < static_cast<int>(is_eventfd.size()) && is_eventfd[fd].load(); }

std::atomic<int64_t> blocks{0};

std::string pretended_mounts;  // set while no engine is being made

}  // namespace

std::string describe(const Plan& plan) {
  static constexpr std::array kPoints = {"call", "memory", "thread", "set-up", "register", "enter", "sqe", "notify"};
  static constexpr std::array kManners = {"fails with ", "moves 1 byte", "moves all but 1 byte", "is late",
                                          "is doubled",  "hangs",        "is reordered",         "meets a cancel"};
  std::string text = std::string(kPoints[static_cast<size_t>(plan.point)]) + " " + std::to_string(plan.nth) + " " +
                     kManners[static_cast<size_t>(plan.manner)];
  if (plan.manner == Manner::kFails) text += std::strerror(plan.error);
  return text + (plan.for_good ? ", for good" : plan.times > 1 ? ", with those that follow" : ", once");
}

void arm(const Plan& plan) {
  armed.store(false);
  plan_now.point = plan.point;
  plan_now.manner = plan.manner;
  plan_now.error = plan.error;
  plan_now.nth = plan.nth;
  plan_now.for_good = plan.for_good;
  plan_now.times = plan.times;
  plan_now.hold_ms = plan.hold_ms;
  {
    const std::lock_guard<std::mutex> lock(rings);
    marks = 0;
    twin_due = false;
  }
  {
    const std::lock_guard<std::mutex> lock(meeting);
    met = false;
    loop_thread = std::this_thread::get_id();
  }
  seen.store(0);
  struck.store(0);
  armed.store(true, std::memory_order_release);
}

uint64_t disarm() {
  armed.store(false, std::memory_order_release);
  go_on();
  return struck.load();
}

uint64_t struck_yet() { return struck.load(); }

void pretend_mounts(const std::string& path) { pretended_mounts = path; }

bool is_met() {
  const std::lock_guard<std::mutex> lock(meeting);
  return met;
}

void go_on() {
  {
    const std::lock_guard<std::mutex> lock(meeting);
    met = false;
  }
  met_changed.notify_all();
}

bool can_spoil_sqes() {
  static const bool can = [] {
    io_uring ring{};
    if (io_uring_queue_init(2, &ring, 0) != 0) return false;
    io_uring_sqe* sqe = io_uring_get_sqe(&ring);
    become_nop(sqe, -EXDEV);
    io_uring_cqe* cqe = nullptr;
    const bool told = io_uring_submit_and_wait(&ring, 1) == 1 && io_uring_peek_cqe(&ring, &cqe) == 0;
    const bool as_told = told && cqe->res == -EXDEV;
    io_uring_queue_exit(&ring);
    return as_told;
  }();
  return can;
}

int64_t live_blocks() { return blocks.load(); }

}  // namespace ringfs::test::fault

using namespace ringfs::test::fault;

// ---- what the linker puts in the place of the engine's calls ---------------------------------------------------
// NOLINTBEGIN: the names are the linker's

#define RINGFS_WRAP(type, name, parameters, arguments) \
  extern "C" type __real_##name parameters;            \
  extern "C" type __wrap_##name parameters { return fails(Point::kCall) ? type(-1) : __real_##name arguments; }

RINGFS_WRAP(int, fstat, (int fd, struct stat* out), (fd, out))
RINGFS_WRAP(int, fstatat, (int fd, const char* path, struct stat* out, int flags), (fd, path, out, flags))
RINGFS_WRAP(int, fstatfs, (int fd, struct statfs* out), (fd, out))
RINGFS_WRAP(int, statfs, (const char* path, struct statfs* out), (path, out))
RINGFS_WRAP(int, statx, (int fd, const char* path, int flags, unsigned mask, struct statx* out),
            (fd, path, flags, mask, out))
RINGFS_WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
RINGFS_WRAP(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence))
RINGFS_WRAP(int, fsync, (int fd), (fd))
RINGFS_WRAP(int, fdatasync, (int fd), (fd))
RINGFS_WRAP(int, mkdirat, (int fd, const char* path, mode_t mode), (fd, path, mode))
RINGFS_WRAP(int, unlinkat, (int fd, const char* path, int flags), (fd, path, flags))
RINGFS_WRAP(int, renameat, (int fd, const char* path, int to_fd, const char* to), (fd, path, to_fd, to))
RINGFS_WRAP(int, faccessat, (int fd, const char* path, int mode, int flags), (fd, path, mode, flags))
RINGFS_WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
RINGFS_WRAP(int, fchmodat, (int fd, const char* path, mode_t mode, int flags), (fd, path, mode, flags))
RINGFS_WRAP(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
RINGFS_WRAP(int, fchownat, (int fd, const char* path, uid_t user, gid_t group, int flags),
            (fd, path, user, group, flags))
RINGFS_WRAP(int, futimens, (int fd, const timespec* times), (fd, times))
RINGFS_WRAP(int, utimensat, (int fd, const char* path, const timespec* times, int flags), (fd, path, times, flags))
RINGFS_WRAP(int, linkat, (int fd, const char* path, int to_fd, const char* to, int flags), (fd, path, to_fd, to, flags))
RINGFS_WRAP(int, symlinkat, (const char* text, int fd, const char* path), (text, fd, path))
RINGFS_WRAP(ssize_t, readlink, (const char* path, char* out, size_t size), (path, out, size))
RINGFS_WRAP(ssize_t, readlinkat, (int fd, const char* path, char* out, size_t size), (fd, path, out, size))
RINGFS_WRAP(int, pipe2, (int* fds, int flags), (fds, flags))
RINGFS_WRAP(ssize_t, tee, (int from, int to, size_t size, unsigned flags), (from, to, size, flags))
RINGFS_WRAP(ssize_t, getrandom, (void* out, size_t size, unsigned flags), (out, size, flags))
RINGFS_WRAP(int, epoll_create1, (int flags), (flags))
RINGFS_WRAP(int, epoll_ctl, (int fd, int op, int on, epoll_event* event), (fd, op, on, event))
RINGFS_WRAP(int, epoll_wait, (int fd, epoll_event* events, int most, int timeout), (fd, events, most, timeout))

#define RINGFS_WRAP_TRANSFER(name, parameters, arguments)                      \
  extern "C" ssize_t __real_##name parameters;                                 \
  extern "C" ssize_t __wrap_##name parameters {                                \
    return fails(Point::kCall, &size) ? ssize_t{-1} : __real_##name arguments; \
  }

RINGFS_WRAP_TRANSFER(pread, (int fd, void* data, size_t size, off_t offset), (fd, data, size, offset))
RINGFS_WRAP_TRANSFER(copy_file_range, (int from, off64_t* from_at, int to, off64_t* to_at, size_t size, unsigned flags),
                     (from, from_at, to, to_at, size, flags))
RINGFS_WRAP_TRANSFER(sendfile, (int to, int from, off_t* from_at, size_t size), (to, from, from_at, size))
RINGFS_WRAP_TRANSFER(pwrite, (int fd, const void* data, size_t size, off_t offset), (fd, data, size, offset))

extern "C" {

ssize_t __real_read(int fd, void* data, size_t size);
ssize_t __wrap_read(int fd, void* data, size_t size) {
  if (!tells(fd) && fails(Point::kCall, &size)) return -1;
  return __real_read(fd, data, size);
}

ssize_t __real_write(int fd, const void* data, size_t size);
ssize_t __wrap_write(int fd, const void* data, size_t size) {
  if (!tells(fd)) return fails(Point::kCall, &size) ? -1 : __real_write(fd, data, size);
  if (spoils(Point::kNotify) && strikes(Point::kNotify)) {
    if (plan_now.manner == Manner::kFails) {
      errno = plan_now.error;
      return -1;
    }
    if (plan_now.manner == Manner::kDoubled) __real_write(fd, data, size);
    if (plan_now.manner == Manner::kDelayed) ::usleep(kLate);
  }
  return __real_write(fd, data, size);
}

ssize_t __real_preadv2(int fd, const iovec* vec, int count, off_t offset, int flags);
ssize_t __wrap_preadv2(int fd, const iovec* vec, int count, off_t offset, int flags) {
  iovec part = *vec;
  if (fails(Point::kCall, &part.iov_len)) return -1;
  return count == 1 ? __real_preadv2(fd, &part, 1, offset, flags) : __real_preadv2(fd, vec, count, offset, flags);
}

ssize_t __real_pwritev2(int fd, const iovec* vec, int count, off_t offset, int flags);
ssize_t __wrap_pwritev2(int fd, const iovec* vec, int count, off_t offset, int flags) {
  iovec part = *vec;
  if (fails(Point::kCall, &part.iov_len)) return -1;
  return count == 1 ? __real_pwritev2(fd, &part, 1, offset, flags) : __real_pwritev2(fd, vec, count, offset, flags);
}

int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (!pretended_mounts.empty() && std::strcmp(path, "/proc/self/mountinfo") == 0) path = pretended_mounts.c_str();
  return fails(Point::kCall) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int dir_fd, const char* path, int flags, ...);
int __wrap_openat(int dir_fd, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return fails(Point::kCall) ? -1 : __real_openat(dir_fd, path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  return fails(Point::kCall) ? -1 : __real_fcntl(fd, command, argument);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  const long argument = va_arg(rest, long);
  va_end(rest);
  return fails(Point::kCall) ? -1 : __real_ioctl(fd, request, argument);
}

int __real_close(int fd);
int __wrap_close(int fd) {
  if (tells(fd)) is_eventfd[static_cast<size_t>(fd)].store(false);
  const bool failed = fails(Point::kCall);
  const int error = errno;
  const int r = __real_close(fd);
  if (!failed) return r;
  errno = error;
  return -1;
}

int __real_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags) {
  if (fails(Point::kCall)) return -1;
  const int fd = __real_eventfd(value, flags);
  if (fd >= 0 && fd < static_cast<int>(is_eventfd.size())) is_eventfd[static_cast<size_t>(fd)].store(true);
  return fd;
}

// Takes six whatever was given: what more it reads of the caller's stack goes unused, and is no error.
long __real_syscall(long number, ...);
__attribute__((no_sanitize("address"))) long __wrap_syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  std::array<long, 6> a{};
  for (long& one : a) one = va_arg(rest, long);
  va_end(rest);
  if (fails(number == SYS_io_uring_register ? Point::kRegister : Point::kCall)) return -1;
  return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument);
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  return fails(Point::kThread) ? errno : __real_pthread_create(thread, attributes, body, argument);
}

int __real_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* params);
int __wrap_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* params) {
  // For valgrind, in which a thread that waits in io_uring_enter stops all others.
  static const bool refused = std::getenv("RINGFS_TEST_NO_RING") != nullptr;
  if (refused) return -EPERM;
  return fails(Point::kSetUp) ? -errno : __real_io_uring_queue_init_params(entries, ring, params);
}

// Sqes are spoilt by making them IORING_OP_NOP: here that may be asked for too.
int __real_io_uring_register_restrictions(io_uring* ring, io_uring_restriction* rules, unsigned count);
int __wrap_io_uring_register_restrictions(io_uring* ring, io_uring_restriction* rules, unsigned count) {
  if (fails(Point::kRegister)) return -errno;
  std::array<io_uring_restriction, 64> more{};
  more[0].opcode = IORING_RESTRICTION_SQE_OP;
  more[0].sqe_op = IORING_OP_NOP;
  std::copy_n(rules, std::min<size_t>(count, more.size() - 1), more.begin() + 1);
  return __real_io_uring_register_restrictions(ring, more.data(), count + 1);
}

int __real_io_uring_enable_rings(io_uring* ring);
int __wrap_io_uring_enable_rings(io_uring* ring) {
  return fails(Point::kRegister) ? -errno : __real_io_uring_enable_rings(ring);
}

int __real_io_uring_submit(io_uring* ring);
int __wrap_io_uring_submit(io_uring* ring) {
  if (fails(Point::kEnter)) return -errno;
  if (!spoils(Point::kSqe)) return __real_io_uring_submit(ring);
  spoil_sqes(ring);
  const int r = __real_io_uring_submit(ring);
  change_cqes(ring);
  return r;
}

// The loop thread's ring (engine/cached_ring.h). What its requests ask for is there already, so nothing hangs or
// completes twice.
int __real_io_uring_submit_and_wait(io_uring* ring, unsigned wait);
int __wrap_io_uring_submit_and_wait(io_uring* ring, unsigned wait) {
  const bool reorders = spoils(Point::kEnter) && plan_now.manner == Manner::kReordered;
  if (!reorders && fails(Point::kEnter)) return -errno;
  const bool spoiling = spoils(Point::kSqe) && plan_now.manner != Manner::kDoubled && plan_now.manner != Manner::kHangs;
  if (spoiling) spoil_sqes(ring);
  const int r = __real_io_uring_submit_and_wait(ring, wait);
  if (spoiling) change_cqes(ring);
  if (reorders && strikes(Point::kEnter)) turn_round(ring);
  return r;
}

int __real_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** cqe, unsigned wait, __kernel_timespec* limit,
                                            sigset_t* mask);
int __wrap_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** cqe, unsigned wait, __kernel_timespec* limit,
                                            sigset_t* mask) {
  const bool reorders = spoils(Point::kEnter) && plan_now.manner == Manner::kReordered;
  if (!reorders && fails(Point::kEnter)) return -errno;
  const bool spoiling = spoils(Point::kSqe);
  if (spoiling) {
    spoil_sqes(ring);
    send_twin(ring);
  }
  const int r = __real_io_uring_submit_and_wait_timeout(ring, cqe, wait, limit, mask);
  if (spoiling) change_cqes(ring);
  if (reorders && strikes(Point::kEnter)) turn_round(ring);
  return r;
}

// ---- memory ----------------------------------------------------------------------------------------------------

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline void* counted(void* block) { return block; }
inline void uncounted(const void*) {}
#else
inline void* counted(void* block) {
  if (block != nullptr) blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}
inline void uncounted(const void* block) {
  if (block != nullptr) blocks.fetch_sub(1, std::memory_order_relaxed);
}
#endif

char* __real_getcwd(char* out, size_t size);
char* __wrap_getcwd(char* out, size_t size) { return fails(Point::kCall) ? nullptr : __real_getcwd(out, size); }

// Its memory comes from inside the C library.
char* __real_realpath(const char* path, char* out);
char* __wrap_realpath(const char* path, char* out) {
  if (fails(Point::kCall)) return nullptr;
  char* real = __real_realpath(path, out);
  return out == nullptr ? static_cast<char*>(counted(real)) : real;
}

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size) { return fails(Point::kMemory) ? nullptr : counted(__real_malloc(size)); }

void* __real_calloc(size_t count, size_t size);
void* __wrap_calloc(size_t count, size_t size) {
  return fails(Point::kMemory) ? nullptr : counted(__real_calloc(count, size));
}

void* __real_aligned_alloc(size_t alignment, size_t size);
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  return fails(Point::kMemory) ? nullptr : counted(__real_aligned_alloc(alignment, size));
}

void __real_free(void* block);
void __wrap_free(void* block) {
  uncounted(block);
  __real_free(block);
}
}  // extern "C"

// In Node they are everybody's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(RINGFS_FAULTS_IN_NODE)
// Counted, never made to fail: where a small object finds no memory the program ends (docs/failure-modes.md).
void* operator new(size_t size) {
  void* block = __real_malloc(size > 0 ? size : 1);
  if (block == nullptr) throw std::bad_alloc();
  return counted(block);
}
void operator delete(void* block) noexcept {
  uncounted(block);
  __real_free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }
#endif
// NOLINTEND
