// What the engine needs of the JavaScript side. The addon implements it; the engine's tests bring a plain one.
// Every call is made on the loop thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/job.h"

namespace ringfs {

// The user's memory as it is at this moment: valid until control goes back to JavaScript, never longer.
struct UserView {
  uint8_t* data = nullptr;
  size_t size = 0;
};

class Host {
 public:
  virtual ~Host() = default;
  // The view of the op's buffer, read anew: JavaScript may have detached, shrunk or moved it.
  virtual UserView user_view(const Job& job) = 0;
  // Memory for a result of exactly `size` bytes, not reachable from user code; null if there is none to be had.
  virtual uint8_t* make_target(const Job& job, size_t size) = 0;
  // The job is finished: note its outcome. The job is reused right after.
  virtual void finished(Job& job) = 0;
  // The kernel may still write to the job's target: it must stay for good.
  virtual void keep_target(const Job& job) = 0;
  // No room for another outcome before JavaScript has taken the ones noted.
  bool full() const { return room() == 0; }
  // Outcomes there is room for.
  virtual size_t room() const = 0;
};

}  // namespace ringfs
