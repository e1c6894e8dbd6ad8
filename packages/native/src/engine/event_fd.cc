#include "engine/event_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace ringfs {

EventFd::EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

EventFd::~EventFd() {
  if (fd_ >= 0) ::close(fd_);
}

bool EventFd::signal() {
  if (pending_.exchange(true)) return false;
  const uint64_t one = 1;
  // Cannot be full: at most one write is pending. An interrupted write is repeated.
  while (::write(fd_, &one, sizeof(one)) < 0 && errno == EINTR) continue;
  return true;
}

void EventFd::clear() {
  uint64_t count = 0;
  while (::read(fd_, &count, sizeof(count)) < 0 && errno == EINTR) continue;
  pending_.store(false);
}

}  // namespace ringfs
