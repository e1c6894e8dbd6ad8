// An eventfd that is written at most once until it has been read: doorbell and notifier are both one.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringfs {

class EventFd {
 public:
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  // Wakes whoever polls the descriptor. True if this call wrote to it, false if a write is still pending.
  bool signal();
  // Takes the signal back. Call before looking at what was signalled, or a signal is lost.
  void clear();

 private:
  int fd_;
  std::atomic<bool> pending_{false};
};

}  // namespace ringfs
