// Whose turn it is in each folder. The kernel locks a folder while an entry is made in it or taken away (i_rwsem), and
// threads that want the same one spin for it: two of them take twice the CPU time of one, and longer as well. Where all
// of an op's work is under that lock, one thread makes those of a folder, one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/job.h"
#include "ops/op.h"

namespace ringfs {

// A job that waits for a thread. `folder` is the one it has or waits for its turn in; kNoFolder: it needs none.
struct Queued {
  uint64_t arrival = 0;
  Job* job = nullptr;
  size_t folder = 0;
};

// Of one pool, under its lock.
class Turns {
 public:
  static constexpr size_t kNoFolder = 0;

  // By its name: that two names are one folder goes unnoticed, and costs no more than time.
  static size_t folder_of(const Job& job) {
    if (!table_of(job.op).one_at_a_time || job.has(option::kRecursive)) return kNoFolder;
    std::string_view name = job.path;
    while (!name.empty() && name.back() == '/') name.remove_suffix(1);
    const size_t slash = name.rfind('/');
    name = slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
    return (std::hash<std::string_view>{}(name) + static_cast<size_t>(job.dir_fd())) | 1;
  }

  // Whether a job would have to wait for its turn.
  bool is_taken(size_t folder) const { return folder != kNoFolder && waiting_.count(folder) > 0; }
  void take(size_t folder) {
    if (folder != kNoFolder) waiting_.try_emplace(folder);
  }
  void wait(const Queued& queued) { waiting_[queued.folder].push_back(queued); }
  // A turn is over. The one whose turn it is now, if there is one.
  std::optional<Queued> pass(size_t folder) {
    const auto found = waiting_.find(folder);
    if (found == waiting_.end()) return std::nullopt;
    if (found->second.empty()) {
      waiting_.erase(found);
      return std::nullopt;
    }
    const Queued next = found->second.front();
    found->second.pop_front();
    return next;
  }
  // Takes a job away that waits. False: it does not.
  bool remove(const Job* job) {
    const auto found = waiting_.find(folder_of(*job));
    if (found == waiting_.end()) return false;
    auto& queue = found->second;
    const auto at = std::find_if(queue.begin(), queue.end(), [&](const Queued& queued) { return queued.job == job; });
    if (at == queue.end()) return false;
    queue.erase(at);
    return true;
  }
  // All that wait: nobody's turn is waited for any more.
  std::vector<Queued> give_up() {
    std::vector<Queued> all;
    for (const auto& [folder, queue] : waiting_) all.insert(all.end(), queue.begin(), queue.end());
    waiting_.clear();
    return all;
  }

 private:
  std::unordered_map<size_t, std::deque<Queued>> waiting_;  // an entry for each folder in which somebody has the turn
};

}  // namespace ringfs
