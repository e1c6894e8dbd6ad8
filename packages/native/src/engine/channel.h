// The queue between two threads: one side pushes, the other takes all that is there.
//
// It needs no bound of its own: the engine sends at most kMaxAway jobs away at once.
#pragma once

#include <mutex>
#include <vector>

namespace ringfs {

template <typename T>
class Channel {
 public:
  // True if the queue was empty before: only then can the taker be asleep.
  bool push(T item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    items_.push_back(item);
    return items_.size() == 1;
  }

  bool empty() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return items_.empty();
  }

  // Appends everything queued to `out` and leaves the queue empty. False if there was nothing.
  bool take(std::vector<T>& out) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (items_.empty()) return false;
    out.insert(out.end(), items_.begin(), items_.end());
    items_.clear();
    return true;
  }

 private:
  std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace ringfs
