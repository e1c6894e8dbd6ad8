// Where a job goes when a thread of the engine is through with its step.
#pragma once

#include <cstddef>

#include "engine/job.h"

namespace ringfs {

class Sink {
 public:
  virtual ~Sink() = default;
  // Passes the job on to the room that `step` names. Any thread may call it.
  virtual void pass_on(Job* job, Step step) = 0;
  // How many of those that went to the loop thread it has not looked at yet. Any thread may call it.
  virtual size_t unread() const = 0;
};

}  // namespace ringfs
