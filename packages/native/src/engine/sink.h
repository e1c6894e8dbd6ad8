// Where a job goes when a thread of the engine is through with its step.
#pragma once

#include "engine/job.h"

namespace ringfs {

class Sink {
 public:
  virtual ~Sink() = default;
  // Passes the job on to the room that `step` names. Any thread may call it.
  virtual void pass_on(Job* job, Step step) = 0;
};

}  // namespace ringfs
