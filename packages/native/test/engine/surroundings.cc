#include "surroundings.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>

#if defined(RINGFS_COVERAGE)
// What a child has met counts too; it leaves without the end of a program that would see to that.
extern "C" void __gcov_dump();  // NOLINT: the compiler's name
#endif

namespace ringfs::test {

bool run_met(Session& session, Ask ask, uint64_t nth, Outcome* outcome, const std::function<void()>& meanwhile) {
  fault::arm({fault::Point::kCall, fault::Manner::kMet, 0, nth, false, 1, fault::kHoldForLong});
  const uint32_t id = session.submit({std::move(ask)});
  const int64_t deadline = milliseconds() + kHang;
  bool done = false;
  while (!session.is_finished(id)) {
    REQUIRE(milliseconds() < deadline);
    if (!done && fault::is_met()) {
      done = true;
      meanwhile();
      fault::go_on();
    }
    session.turn(1);
  }
  const bool met = fault::disarm() > 0;
  *outcome = session.outcome(id);
  return met;
}

int in_own_mounts(const std::function<int()>& body) {
  std::cout.flush();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int result = kMayNotMount;
    if (::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", "none", MS_REC | MS_PRIVATE, nullptr) == 0) {
      try {
        result = body();
      } catch (const std::exception& e) {
        std::fprintf(stderr, "in mounts of its own: %s\n", e.what());
        result = 1;
      }
    }
#if defined(RINGFS_COVERAGE)
    __gcov_dump();
#endif
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace ringfs::test
