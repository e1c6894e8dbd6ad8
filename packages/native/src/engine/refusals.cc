#include "engine/refusals.h"

#include <algorithm>

#include "engine/limits.h"

namespace ringfs {

void Refusals::learn(const Job& job) {
  // Sent without knowing its filesystem: the next of that kind can only be known by its op.
  const uint64_t dev = job.sent_dev;
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Refusal& one) { return one.op == job.op && one.dev == dev; });
  if (found != known_.end()) {
    found->times += 1;
  } else if (known_.size() < kRefusals) {
    known_.push_back({job.op, dev, 1});
  }
}

bool Refusals::is_known(Op op, uint64_t dev) const {
  return std::any_of(known_.begin(), known_.end(), [&](const Refusal& one) {
    return one.op == op && one.dev == dev && (dev != 0 || one.times >= kRefusalsForAll);
  });
}

}  // namespace ringfs
