// Where a job leads: to a filesystem that is sure to answer, or to one that may keep a thread for good (FUSE, network
// filesystems). Asked only where such a mount is known; elsewhere every job is local.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/job.h"

namespace ringfs {

class MountTable;

// Where the filesystems are mounted that may never answer. Never changes: a job that is away takes it along.
class WaitingMounts {
 public:
  explicit WaitingMounts(std::vector<std::string> points) : points_(std::move(points)) {}

  // Where a path leads by its text; `folder` is the absolute path of the folder that a relative one starts in. Of an op
  // that walks, what is mounted below counts too. kUnproven holds if no symbolic link is on the way.
  Reach by_text(std::string_view path, std::string_view folder, bool walks) const;

  // Whether an absolute path without "." and ".." is at or below one of them.
  bool hold(std::string_view path) const;

 private:
  std::vector<std::string> points_;
};

// Loop thread, with Job::dir in place. Waits for nothing.
Reach reach_of(const Job& job, const MountTable& mounts);

// Pool: follows the links on the way of a job whose paths' text does not tell. kLocal or kMayWait; it looks at local
// filesystems only.
Reach reach_by_walk(const Job& job);

}  // namespace ringfs
