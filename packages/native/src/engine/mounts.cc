#include "engine/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "engine/syscalls.h"

namespace ringfs {

namespace {

// The longest symbolic link that ext2, ext3 and ext4 keep in the inode.
constexpr uint64_t kExtInodeLink = 59;

// Not in Debian 12's linux/magic.h under one name for all.
constexpr long kXfsMagic = 0x58465342;

// Filesystems whose open never waits for another process or machine. Anything else makes its mount point
// a slow one. Sorted by what they are, not by name.
constexpr std::array kPromptTypes = {
    std::string_view("ext2"),       std::string_view("ext3"),        std::string_view("ext4"),
    std::string_view("xfs"),        std::string_view("btrfs"),       std::string_view("f2fs"),
    std::string_view("squashfs"),   std::string_view("erofs"),       std::string_view("vfat"),
    std::string_view("iso9660"),    std::string_view("tmpfs"),       std::string_view("ramfs"),
    std::string_view("devtmpfs"),   std::string_view("hugetlbfs"),   std::string_view("rootfs"),
    std::string_view("proc"),       std::string_view("sysfs"),       std::string_view("cgroup"),
    std::string_view("cgroup2"),    std::string_view("devpts"),      std::string_view("mqueue"),
    std::string_view("debugfs"),    std::string_view("tracefs"),     std::string_view("configfs"),
    std::string_view("securityfs"), std::string_view("bpf"),         std::string_view("pstore"),
    std::string_view("efivarfs"),   std::string_view("binfmt_misc"), std::string_view("nsfs"),
    std::string_view("fusectl"),    std::string_view("rpc_pipefs"),
};

// Not for attempts on the loop thread, but taken to answer in the end. What lies below an overlay cannot be seen; most
// containers stand on one, and those on disks.
constexpr std::array kAnsweringTypes = {
    std::string_view("overlay"), std::string_view("zfs"), std::string_view("bcachefs"), std::string_view("exfat"),
    std::string_view("ntfs3"),   std::string_view("udf"), std::string_view("jfs"),      std::string_view("nilfs2"),
};

template <size_t N>
bool is_one_of(std::string_view type, const std::array<std::string_view, N>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_prompt(std::string_view type) { return is_one_of(type, kPromptTypes); }

// systemd's trigger below /proc stands for a filesystem of the kernel's own.
bool may_wait_for_good(std::string_view type, std::string_view point) {
  return !is_prompt(type) && !is_one_of(type, kAnsweringTypes) && point.substr(0, 6) != "/proc/";
}

// "major:minor"; 0 if it is nothing of the kind.
uint64_t device_of(std::string_view text) {
  std::array<uint32_t, 2> numbers{};
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return 0;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), text.data() + colon, numbers[0]);
  const auto minor = std::from_chars(text.data() + colon + 1, end, numbers[1]);
  return major.ptr == text.data() + colon && minor.ptr == end ? makedev(numbers[0], numbers[1]) : 0;
}

// mountinfo writes space, tab, newline and backslash as \ooo (proc(5)).
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string_view field(std::string_view line, int index) {
  size_t from = 0;
  for (int i = 0; i < index; i++) {
    from = line.find(' ', from);
    if (from == std::string_view::npos) return {};
    from += 1;
  }
  return line.substr(from, line.find(' ', from) - from);
}

bool read_whole(int fd, std::string* out) {
  out->clear();
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t n = ::pread(fd, part.data(), part.size(), static_cast<off_t>(out->size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) return true;
    out->append(part.data(), static_cast<size_t>(n));
  }
}

bool below(std::string_view path, std::string_view mount_point) {
  if (path.substr(0, mount_point.size()) != mount_point) return false;
  return path.size() == mount_point.size() || mount_point == "/" || path[mount_point.size()] == '/';
}

// "." and ".." and "//" make a lexical comparison of paths meaningless.
bool is_normal(std::string_view path) {
  size_t from = 0;
  while (from <= path.size()) {
    size_t to = path.find('/', from);
    if (to == std::string_view::npos) to = path.size();
    const auto part = path.substr(from, to - from);
    if (part == "." || part == ".." || (part.empty() && from != 0 && to != path.size())) return false;
    from = to + 1;
  }
  return true;
}

}  // namespace

MountTable::MountTable() {
  mountinfo_fd_ = ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  swaps_fd_ = ::open("/proc/swaps", O_RDONLY | O_CLOEXEC);
  read_tables();
}

MountTable::~MountTable() {
  if (mountinfo_fd_ >= 0) ::close(mountinfo_fd_);
  if (swaps_fd_ >= 0) ::close(swaps_fd_);
}

void MountTable::read_tables() {
  std::string mounts;
  std::string swaps;
  known_ = false;
  if (mountinfo_fd_ < 0 || !read_whole(mountinfo_fd_, &mounts)) return;
  // Without /proc/swaps there may be swap: one line beyond the heading says so.
  if (swaps_fd_ < 0 || !read_whole(swaps_fd_, &swaps)) swaps = "heading\nunknown\n";
  parse(mounts, swaps);
}

void MountTable::parse(std::string_view mountinfo, std::string_view swaps) {
  mounts_.clear();
  memory_points_.clear();
  std::vector<std::string> waiting;
  all_prompt_ = true;
  kinds_.clear();
  ext_.clear();
  while (!mountinfo.empty()) {
    const size_t end = mountinfo.find('\n');
    const auto line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
    const size_t separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    const auto type = field(line.substr(separator + 3), 0);
    const bool prompt = is_prompt(type);
    all_prompt_ = all_prompt_ && prompt;
    mounts_.push_back(Mount{unescape(field(line, 4)), prompt});
    const auto& point = mounts_.back().point;
    if (type == "tmpfs") memory_points_.push_back(point);
    // Of two mounts on one point the later covers the earlier.
    waiting.erase(std::remove(waiting.begin(), waiting.end(), point), waiting.end());
    const uint64_t dev = device_of(field(line, 2));
    if (may_wait_for_good(type, point)) {
      waiting.push_back(point);
      waiting_devices_.insert(dev);
    } else {
      waiting_devices_.erase(dev);  // the number is another filesystem's by now
    }
  }
  waiting_ = waiting.empty() ? nullptr : std::make_shared<const WaitingMounts>(std::move(waiting));
  const size_t heading = swaps.find('\n');
  has_swap_ = heading != std::string_view::npos && heading + 1 < swaps.size();
  known_ = true;
}

void MountTable::refresh() {
  std::array<pollfd, 2> fds = {pollfd{mountinfo_fd_, POLLPRI, 0}, pollfd{swaps_fd_, POLLPRI, 0}};
  if (::poll(fds.data(), fds.size(), 0) > 0) read_tables();
}

bool MountTable::may_open(const std::string& path, bool relative_to_held_dir, bool* needs_plain_walk) const {
  *needs_plain_walk = false;
  if (!known_) return false;
  if (all_prompt_) return true;
  std::string absolute;
  std::string_view whole = path;
  if (path.empty() || path[0] != '/') {
    if (relative_to_held_dir) return false;
    std::array<char, 4096> cwd{};
    if (::getcwd(cwd.data(), cwd.size()) == nullptr) return false;
    absolute = cwd.data();
    absolute += '/';
    absolute += path;
    whole = absolute;
  }
  if (!is_normal(whole)) return false;
  // The innermost mount decides; of two on one point, the later covers the earlier.
  const Mount* innermost = nullptr;
  for (const Mount& mount : mounts_) {
    const bool deeper = innermost == nullptr || mount.point.size() >= innermost->point.size();
    if (deeper && below(whole, mount.point)) innermost = &mount;
  }
  *needs_plain_walk = true;
  return innermost != nullptr && innermost->prompt;
}

bool MountTable::may_be_in_memory(const std::string& path) const {
  return known_ && !has_swap_ &&
         std::any_of(memory_points_.begin(), memory_points_.end(),
                     [&](const std::string& point) { return below(path, point); });
}

Filesystem MountTable::kind(const FileFacts& facts) {
  const auto known = kinds_.find(facts.dev);
  if (known != kinds_.end()) return known->second;
  if (facts.filesystem == 0) return Filesystem::kOther;
  auto kind = Filesystem::kOther;
  if (facts.filesystem == EXT4_SUPER_MAGIC) ext_.insert(facts.dev);
  switch (facts.filesystem) {
    case EXT4_SUPER_MAGIC:  // ext2 and ext3 share the number
    case kXfsMagic:
    case BTRFS_SUPER_MAGIC:
      kind = Filesystem::kPaged;
      break;
    case OVERLAYFS_SUPER_MAGIC:
      kind = Filesystem::kLayered;
      break;
    case TMPFS_MAGIC:
      kind = has_swap_ ? Filesystem::kOther : Filesystem::kMemory;
      break;
    default:
      break;
  }
  kinds_.emplace(facts.dev, kind);
  return kind;
}

bool MountTable::link_is_at_hand(int fd, FileFacts& facts) {
  if (!S_ISLNK(facts.mode)) return false;
  auto known = kind(facts);
  if (known == Filesystem::kOther) {
    sys::filesystem(fd, &facts);
    known = kind(facts);
  }
  if (known == Filesystem::kMemory) return true;
  return ext_.count(facts.dev) != 0 && facts.size <= kExtInodeLink;
}

}  // namespace ringfs
