// What a test changes around the engine, and puts back: the current folder, the mounts it believes in.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "fault_plan.h"
#include "harness.h"

namespace ringfs::test {

// The process's current folder, put back at the end: nothing else runs meanwhile.
class Inside {
 public:
  explicit Inside(const std::string& path) : home_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    REQUIRE(::chdir(path.c_str()) == 0);
  }
  ~Inside() {
    CHECK(::fchdir(home_) == 0);
    ::close(home_);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  int home_;
};

// A session that believes a FUSE filesystem is mounted at `point`; `device` is its number.
class WithMount {
 public:
  WithMount(const Folder& folder, const std::string& point, const std::string& device = "0:999") {
    Bytes table = read_plainly("/proc/self/mountinfo");
    const std::string line = "9999 1 " + device + " / " + point + " rw - fuse.sshfs far rw\n";
    table.insert(table.end(), line.begin(), line.end());
    write_plainly(folder / "mountinfo", table);
    fault::pretend_mounts(folder / "mountinfo");
  }
  ~WithMount() { fault::pretend_mounts(""); }
  WithMount(const WithMount&) = delete;
  WithMount& operator=(const WithMount&) = delete;
};

// The op with the nth of its system calls held while `meanwhile` is done. False: it has made fewer.
bool run_met(Session& session, Ask ask, uint64_t nth, Outcome* outcome, const std::function<void()>& meanwhile);

// What `body` returns, done by a child process in a mount namespace of its own, or kMayNotMount. The child has no part
// in the test's books: it counts its failures, and returns them.
inline constexpr int kMayNotMount = 77;
int in_own_mounts(const std::function<int()>& body);

}  // namespace ringfs::test
