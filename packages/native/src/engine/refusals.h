// What the ring refuses and plain system calls can do: a kernel, or a filesystem, that has an opcode and answers EINVAL
// or EOPNOTSUPP all the same. Learnt from the first job that the pool has then done, and routed around.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/job.h"

namespace ringfs {

// Loop thread only.
class Refusals {
 public:
  // A job that the ring has refused and that is done.
  void learn(const Job& job);
  // Whether a job that would go to the ring would be refused there.
  bool speak_against(const Job& job) const { return !known_.empty() && is_known(job.op, job.facts.dev); }

 private:
  bool is_known(Op op, uint64_t dev) const;

  struct Refusal {
    Op op;
    uint64_t dev;    // of the filesystem; 0: of files whose filesystem is not known when they are sent
    unsigned times;  // how often it was met
  };
  std::vector<Refusal> known_;
};

}  // namespace ringfs
