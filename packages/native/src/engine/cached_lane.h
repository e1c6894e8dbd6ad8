// Attempts that cannot block, for the event-loop thread: they answer from the page and dentry caches or not at all.
#pragma once

#include "engine/counters.h"
#include "engine/host.h"
#include "engine/job.h"
#include "engine/mounts.h"

namespace ringfs {

class CachedLane {
 public:
  enum class Opened : uint8_t {
    kYes,     // job.fd is open (O_NONBLOCK), job.facts are known
    kFailed,  // job.error says why; the answer is final
    kNo,      // not to be had without blocking, or not for us to decide
  };

  CachedLane(Host& host, MountTable& mounts, Counters& counters);

  // One attempt at the whole op. True: the job is done.
  bool attempt(Job& job);

  // Whether an attempt is worth its microsecond: after a run of misses only one op in sixteen tries.
  bool promising();

  // openat2(RESOLVE_CACHED) with O_NONBLOCK, then fstat.
  Opened open(Job& job, int flags);
  // The same with O_PATH: no side effect on what is opened, and nothing to wait for.
  Opened open_path(Job& job, int extra_flags, int* fd);
  // The same for a path that meets no symbolic link: a descriptor, which the caller closes, or a negative errno.
  // Only -ENOENT is final, of the failures.
  int walk_plainly(const std::string& path) const;
  // Bytes read without waiting, or a negative errno: -EAGAIN is a miss.
  int64_t read(int fd, const FileFacts& facts, void* data, size_t size, int64_t offset);

  // Memory that holds text until it is decoded, before control goes back to JavaScript.
  Memory& scratch() { return scratch_; }
  Host& host() { return host_; }
  MountTable& mounts() { return mounts_; }
  bool available() const { return !off_; }

 private:
  Host& host_;
  MountTable& mounts_;
  Counters& counters_;
  Memory scratch_;
  bool off_ = false;        // openat2 is not to be had here (old kernel, seccomp)
  bool reads_off_ = false;  // preadv2 is not to be had here
  unsigned misses_in_a_row_ = 0;
  unsigned skipped_ = 0;
};

}  // namespace ringfs
