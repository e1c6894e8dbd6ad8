// What an op may do on the loop thread: look at the host's memory, and choose the lane for the way out.
#pragma once

#include "engine/host.h"
#include "engine/job.h"
#include "engine/mounts.h"

namespace ringfs {

class LoopSide {
 public:
  LoopSide(Host& host, MountTable& mounts) : host_(host), mounts_(mounts) {}

  // Lanes at hand, set once the engine knows.
  void set_lanes(bool has_ring, bool prefer_ring, bool prefer_blocking) {
    has_ring_ = has_ring;
    prefer_ring_ = prefer_ring;
    prefer_blocking_ = prefer_blocking;
  }

  // The way out for an op that the kernel serves inline or that truly waits: the ring, where there is one.
  Step ring_if_any() const { return has_ring_ && !prefer_blocking_ ? Step::kToRing : Step::kToPool; }
  // The way out for an op that the kernel would only hand to a thread of its own: the pool.
  Step pool_unless_forced() const { return has_ring_ && prefer_ring_ ? Step::kToRing : Step::kToPool; }

  // Whether requests on this file end by themselves: true for the local filesystems we know.
  bool is_local(const FileFacts& facts) {
    const auto kind = mounts_.kind(facts);
    return kind == Filesystem::kPaged || kind == Filesystem::kMemory;
  }
  bool answers_nowait(const FileFacts& facts) {
    const auto kind = mounts_.kind(facts);
    return kind == Filesystem::kPaged || kind == Filesystem::kLayered;
  }

  // Copies user data [offset, offset + size) into the job's memory: as many bytes as are there now.
  // False if there is no memory for them.
  [[nodiscard]] bool fill(Job& job, uint64_t offset, size_t size);
  // Copies the job's memory [0, size) to the user's buffer at `offset`: as many bytes as fit now.
  size_t deliver(Job& job, uint64_t offset, size_t size);

  Host& host() { return host_; }

 private:
  Host& host_;
  MountTable& mounts_;
  bool has_ring_ = false;
  bool prefer_ring_ = false;
  bool prefer_blocking_ = false;
};

}  // namespace ringfs
