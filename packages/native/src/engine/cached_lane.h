// Attempts that cannot block, for the event-loop thread: they answer from the page and dentry caches or not at all.
#pragma once

#include <string>
#include <vector>

#include "engine/cached_ring.h"
#include "engine/counters.h"
#include "engine/host.h"
#include "engine/job.h"
#include "engine/mounts.h"
#include "engine/seen_paths.h"
#include "ops/op.h"

namespace ringfs {

class CachedLane {
 public:
  enum class Opened : uint8_t {
    kYes,     // job.fd is open (O_NONBLOCK), job.facts are known
    kFailed,  // job.error says why; the answer is final
    kNo,      // not to be had without blocking, or not for us to decide
  };

  CachedLane(Host& host, MountTable& mounts, Counters& counters, const Kernel& kernel, bool use_ring);
  ~CachedLane() { forget_folder(); }
  CachedLane(const CachedLane&) = delete;
  CachedLane& operator=(const CachedLane&) = delete;

  // One attempt at the whole op, of those that can be attempted, where that is available(). True: the job is done.
  bool attempt(Job& job);

  // Whether an attempt at this op can share its system call with others.
  bool shares(const Job& job);
  // Whether a read was answered as RWF_NOWAIT asks. Where several in a row were not (tmpfs), plain calls are tried.
  void note_nowait(bool known);
  // One attempt at each of at most kTriedTogether such jobs, all with one system call where that is to be had. Appends
  // to `hits` whether each is done.
  void attempt_together(const std::vector<Job*>& jobs, std::vector<bool>& hits);

  // Whether an attempt is worth its microsecond: after a run of misses only one op in sixteen tries.
  bool promising();
  // Whether the last attempts were hits: what has not been tried is likely to be cached too.
  bool hits_lately() const;
  // How one that was not tried, because hits_lately(), turned out.
  void note_guess(bool hit);

  // What an openat2 of the job's path must be made with; false: no attempt may be made.
  bool may_open(const Job& job, uint64_t* resolve);
  // Whether a failed openat2 is the answer; then job.error is set.
  bool is_answer(Job& job, int result, int flags, uint64_t resolve);
  // The same for a call by path that changes nothing.
  bool is_answer(Job& job, int result, Call call);
  // Asks what an open descriptor is. False: not to be had.
  bool look(Job& job);

  // openat2(RESOLVE_CACHED) with O_NONBLOCK, then fstat.
  Opened open(Job& job, int flags);
  // The same with O_PATH: no side effect on what is opened, and nothing to wait for.
  Opened open_path(Job& job, int extra_flags, int* fd);
  // The same for a path that meets no symbolic link: a descriptor, which the caller closes, or a negative errno.
  // Only -ENOENT is final, of the failures.
  int walk_plainly(const std::string& path) const;
  // The folder that the job's path names something in, if it is on tmpfs: a descriptor (O_PATH), and the name.
  // Negative: not to be had without waiting, not on tmpfs, or no plain name. The next job of the batch finds it open if
  // it is about the same folder; whoever removes that one is about another, its parent.
  int memory_folder(const Job& job, const char** name);
  // The batch is through.
  void forget_folder();
  // Bytes read without waiting, or a negative errno: -EAGAIN is a miss.
  int64_t read(int fd, const FileFacts& facts, void* data, size_t size, int64_t offset);

  // Whether the walk to the job's path was cached a moment ago, so that one plain call may ask about it.
  bool seen_lately(const Job& job);

  // Memory that holds text until it is decoded, before control goes back to JavaScript.
  Memory& scratch() { return scratch_; }
  Host& host() { return host_; }
  MountTable& mounts() { return mounts_; }
  bool available() const { return !off_; }

 private:
  bool count(Job& job, bool hit);
  void own_text(Job& job);
  void judge_together(const std::vector<Job*>& jobs);
  Filesystem kind_of(int fd, FileFacts& facts);

  Host& host_;
  MountTable& mounts_;
  Counters& counters_;
  Memory scratch_;
  std::string folder_;  // of memory_folder
  int folder_fd_ = -1;
  SeenPaths seen_;
  bool off_ = false;            // openat2 is not to be had here (old kernel, seccomp)
  bool reads_off_ = false;      // preadv2 is not to be had here
  std::vector<Shared> shared_;  // of the attempts that are being made together
  std::vector<bool> alone_;
  CachedRing ring_;
  bool use_ring_;
  unsigned misses_in_a_row_ = 0;
  unsigned hits_in_a_row_ = 0;
  unsigned skipped_ = 0;
  unsigned nowait_refused_ = 0;  // in a row
  unsigned plain_next_ = 0;      // attempts that are made with plain calls before the ring is tried again
};

}  // namespace ringfs
