#include "engine/parking.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/limits.h"
#include "engine/syscalls.h"

namespace ringfs {

namespace {

constexpr uint64_t kBellKey = 0;

void fail_waiting(Job* job, Step step, int error) {
  job->fail(error, step == Step::kParkRead ? Call::kRead : step == Step::kParkWrite ? Call::kWrite : Call::kOpen);
}

}  // namespace

Parking::~Parking() {
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

int Parking::set_up() {
  if (broken_ != 0) return broken_;
  if (thread_.running()) return 0;
  if (bell_ == nullptr || !bell_->ok()) bell_ = std::make_unique<EventFd>();
  if (!bell_->ok()) return errno;
  if (epoll_fd_ < 0) {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return errno;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kBellKey;
    if (::epoll_ctl(fd, EPOLL_CTL_ADD, bell_->fd(), &event) != 0) {
      const int error = errno;
      ::close(fd);
      return error;
    }
    epoll_fd_ = fd;
  }
  return thread_.start("ringfs-park", [this] { run(); }) ? 0 : EAGAIN;
}

void Parking::park(Job* job, Step step) {
  Counters::add(counters_.parked_ops);
  bool parked = false;
  int refused = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) job->cancelled.store(true);
    const bool waits = !stopping_ && !job->cancelled.load();
    if (waits) refused = set_up();
    if (waits && refused == 0) {
      const uint64_t key = next_key_++;
      if (step == Step::kParkRetry) {
        waits_.emplace(key, Wait{job, sys::now_ns() + int64_t{job->park_ms} * 1'000'000, -1, step});
        parked = true;
      } else {
        epoll_event event{};
        event.events = (step == Step::kParkRead ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT;
        event.data.u64 = key;
        parked = ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, job->park_fd, &event) == 0;
        if (parked) {
          waits_.emplace(key, Wait{job, 0, job->park_fd, step});
        } else if (errno != EPERM) {
          // No room for another wait now: come back, and look again.
          waits_.emplace(key, Wait{job, sys::now_ns() + int64_t{kRetryLastMs} * 1'000'000, -1, step});
          parked = true;
          step = Step::kParkRetry;
        }
      }
    }
    if (parked) waiting_.fetch_add(1);
  }
  if (parked) {
    if (step == Step::kParkRetry) bell_->signal();
    return;
  }
  if (refused != 0) {
    fail_waiting(job, step, refused);
    sink_.pass_on(job, Step::kDone);
    return;
  }
  job->plain_io = true;
  sink_.pass_on(job, Step::kToPool);
}

void Parking::release(std::vector<Job*>& out, uint64_t key) {
  const auto found = waits_.find(key);
  if (found == waits_.end()) return;
  if (found->second.fd >= 0) ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, found->second.fd, nullptr);
  out.push_back(found->second.job);
  waiting_.fetch_sub(1);
  waits_.erase(found);
}

int Parking::next_timeout_ms() {
  int64_t first = -1;
  for (const auto& [key, wait] : waits_) {
    if (wait.due_ns != 0 && (first < 0 || wait.due_ns < first)) first = wait.due_ns;
  }
  if (first < 0) return -1;
  return static_cast<int>(std::max<int64_t>(0, (first - sys::now_ns() + 999'999) / 1'000'000));
}

void Parking::run() {
  std::array<epoll_event, 64> events{};
  std::vector<Job*> woken;
  for (;;) {
    int timeout_ms = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      timeout_ms = next_timeout_ms();
    }
    const int n = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), timeout_ms);
    if (n < 0 && errno != EINTR) return give_up(errno);
    woken.clear();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (int i = 0; i < n; i++) {
        if (events[static_cast<size_t>(i)].data.u64 == kBellKey) {
          bell_->clear();
        } else {
          release(woken, events[static_cast<size_t>(i)].data.u64);
        }
      }
      const int64_t now = sys::now_ns();
      std::vector<uint64_t> due;
      for (const auto& [key, wait] : waits_) {
        if (wait.due_ns != 0 && wait.due_ns <= now) due.push_back(key);
      }
      for (const uint64_t key : due) release(woken, key);
    }
    for (Job* job : woken) sink_.pass_on(job, Step::kToPool);
  }
}

void Parking::give_up(int error) {
  std::vector<Job*> failed;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = error;
    while (!waits_.empty()) {
      const auto [key, wait] = *waits_.begin();
      fail_waiting(wait.job, wait.step, error);
      release(failed, key);
    }
  }
  for (Job* job : failed) sink_.pass_on(job, Step::kDone);
}

void Parking::cancel(Job* job, uint64_t serial) {
  std::vector<Job*> woken;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, wait] : waits_) {
      if (wait.job == job && wait.job->serial == serial) {
        job->cancelled.store(true);
        release(woken, key);
        break;
      }
    }
  }
  for (Job* parked : woken) sink_.pass_on(parked, Step::kToPool);
}

bool Parking::stop(int64_t deadline_ns) {
  std::vector<Job*> woken;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    while (!waits_.empty()) {
      waits_.begin()->second.job->cancelled.store(true);
      release(woken, waits_.begin()->first);
    }
  }
  if (bell_ != nullptr) bell_->signal();
  for (Job* job : woken) sink_.pass_on(job, Step::kToPool);
  return thread_.join_until(deadline_ns);
}

}  // namespace ringfs
