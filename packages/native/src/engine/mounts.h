// Which paths a cached attempt may open at all, and what a file's filesystem is known to do.
//
// openat2(RESOLVE_CACHED) guards the path walk only: the open itself blocks on FUSE, NFS, autofs and others.
// So the mounts are read before the first attempt and again when poll(2) on mountinfo says that they changed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/job.h"
#include "engine/reach.h"

namespace ringfs {

enum class Filesystem : uint8_t {
  kOther,    // unknown: nothing is assumed of it
  kLayered,  // overlay: its reads answer RWF_NOWAIT, but what lies under it is not known
  kPaged,    // ext2/3/4, xfs, btrfs: local, RWF_NOWAIT tells a cached page from a missing one
  kMemory,   // tmpfs, without swap: a plain read never waits
};

class MountTable {
 public:
  MountTable();
  ~MountTable();
  MountTable(const MountTable&) = delete;
  MountTable& operator=(const MountTable&) = delete;

  // Reads the tables again if the kernel says that they changed. One poll(2), about 0.3 us.
  void refresh();

  // Whether opening `path` cannot end up on a mount whose open may block. `needs_plain_walk` is set where
  // that holds only if the walk follows no symbolic link.
  bool may_open(const std::string& path, bool relative_to_held_dir, bool* needs_plain_walk) const;

  // Whether `path` leads below the mount point of a tmpfs by its text, so that asking where it ends is worth it.
  bool may_be_in_memory(const std::string& path) const;

  // Whether no mount at all has a slow open.
  bool all_prompt() const { return known_ && all_prompt_; }

  // Whether there is, or was, a mount that may never answer. Where not, everything is local.
  bool any_may_wait() const { return !waiting_devices_.empty(); }
  // Whether files with this st_dev are on one.
  bool may_wait(uint64_t dev) const { return waiting_devices_.count(dev) != 0; }
  // Where such mounts are; null if there are none.
  const std::shared_ptr<const WaitingMounts>& waiting() const { return waiting_; }

  // The kind of filesystem a file is on: as its facts tell, or as an earlier file of the same device told.
  Filesystem kind(const FileFacts& facts);

  // Whether readlink(2) of this symbolic link, opened by a cached attempt, waits for no disk.
  bool link_is_at_hand(int fd, FileFacts& facts);

  // Tests feed a table of their own.
  void parse(std::string_view mountinfo, std::string_view swaps);

 private:
  void read_tables();

  int mountinfo_fd_ = -1;
  int swaps_fd_ = -1;
  bool known_ = false;  // the table could be read; without it nothing is tried
  bool has_swap_ = false;
  struct Mount {
    std::string point;
    bool prompt;  // an open on it never waits for another process or machine
  };
  std::vector<Mount> mounts_;
  std::vector<std::string> memory_points_;
  bool all_prompt_ = false;
  std::shared_ptr<const WaitingMounts> waiting_;
  // Of all mounts there have ever been that may never answer: a file of one that was unmounted may still be open.
  std::unordered_set<uint64_t> waiting_devices_;
  std::unordered_map<uint64_t, Filesystem> kinds_;
  std::unordered_set<uint64_t> ext_;  // devices whose short links are in the inode: ext2, ext3, ext4
};

}  // namespace ringfs
