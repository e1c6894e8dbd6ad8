// A job: one op on its way through the engine.
//
// A job belongs to exactly one room at a time (backlog, ring thread, pool, parking, completion queue); only
// that room's thread touches it, but for `cancelled`. Hand-overs go through a mutex, which orders the memory.
#pragma once

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/memory.h"

namespace ringfs {

enum class Op : uint8_t {
  kReadFile = 0,
  kWriteFile,
  kOpen,
  kRead,
  kWrite,
  kClose,
  kSync,
  kStat,
  kAccess,
  kUnlink,
  kMkdir,
  kRename,
  kTruncate,
  kReaddir,
  kRm,
  kChmod,
  kChown,
  kUtimes,
  kLink,
  kSymlink,
  kReadlink,
  kRealpath,
  kRmdir,
  kStatfs,
  kMkdtemp,
  kCopyFile,
  kOpendir,
  kReadFolder,
  kCount,
};

// The system call that failed, in the order of CALLS in native/src/layout.ts.
enum class Call : uint8_t {
  kNone = 0,
  kOpen,
  kRead,
  kWrite,
  kClose,
  kFstat,
  kStat,
  kLstat,
  kFsync,
  kFdatasync,
  kFtruncate,
  kAccess,
  kUnlink,
  kMkdir,
  kRename,
  kScandir,
  kChmod,
  kFchmod,
  kChown,
  kLchown,
  kFchown,
  kUtime,
  kLutime,
  kFutime,
  kLink,
  kSymlink,
  kReadlink,
  kRealpath,
  kRmdir,
  kStatfs,
  kMkdtemp,
  kCopyfile,
  kOpendir,
  kReaddir,
};

// Who finished the op.
enum class Lane : uint8_t { kNone = 0, kCached, kRing, kBlocking };

// Bits of Job::options; the same numbers stand in native/src/layout.ts.
namespace option {
inline constexpr uint32_t kUtf8 = 1u << 0;          // readFile, readlink...: a string, decoded as UTF-8
inline constexpr uint32_t kLatin1 = 1u << 1;        // the same: a string, one byte a character
inline constexpr uint32_t kFlush = 1u << 2;         // writeFile: fsync before close
inline constexpr uint32_t kCutFirst = 1u << 3;      // writeFile: cut to the new length instead of O_TRUNC
inline constexpr uint32_t kNoFollow = 1u << 4;      // stat, chown, utimes: of a symbolic link itself
inline constexpr uint32_t kBigint = 1u << 5;        // stat, statfs: 64-bit integers
inline constexpr uint32_t kRecursive = 1u << 6;     // mkdir: parents too
inline constexpr uint32_t kDataOnly = 1u << 7;      // sync: fdatasync
inline constexpr uint32_t kOnHandle = 1u << 8;      // the job works on Job::fd, which the caller owns
inline constexpr uint32_t kWrap = 1u << 9;          // open: the result is one of Node's inner handles, which owns it
inline constexpr uint32_t kNanoseconds = 1u << 10;  // utimes: to the nanosecond, else to the microsecond
inline constexpr uint32_t kLikeSource = 1u << 11;   // copyFile: owner and times of the source too
// read, close: the handle is known to be a regular file, not opened for direct I/O, on a filesystem whose reads tell
// cached pages from missing ones; to close, also opened for reading only. Saves asking the kernel each time.
inline constexpr uint32_t kPlainFile = 1u << 12;
// readFolder, close: the descriptor of the record is the number of a folder that an opendir has given.
inline constexpr uint32_t kFolder = 1u << 13;
inline constexpr uint32_t kFromJavaScript = (1u << 14) - 1;
inline constexpr uint32_t kDetached = 1u << 31;  // set by the engine: the user's buffer shrank while it was written
}  // namespace option

// Bits of Job::flags of a readdir; the same numbers stand in native/src/layout.ts.
namespace readdir {
inline constexpr int kTypes = 1 << 0;         // what kind of thing each name is, too
inline constexpr int kAsFound = 1 << 1;       // in the filesystem's own order instead of sorted by bytes
inline constexpr int kThroughLinks = 1 << 2;  // recursive: into folders behind symbolic links
inline constexpr int kLastFirst = 1 << 3;     // recursive: of the folders found the last one is read next
inline constexpr int kTextOnly = 1 << 4;      // recursive: EILSEQ at a folder whose name is no UTF-8
}  // namespace readdir

// Positive errnos never reach this; used where there is no errno for what happened.
inline constexpr int kErrorTooLarge = 100'001;   // file larger than kMaxFileSize; value holds its size
inline constexpr int kErrorDetached = 100'002;   // the user's buffer shrank below what was asked for
inline constexpr int kErrorBadRecord = 100'003;  // the record did not pass validation

// What a step of an op asks for next.
enum class Step : uint8_t {
  kDone,       // finished: publish
  kInFlight,   // ring: cqes are outstanding
  kToPool,     // go on with plain syscalls on the pool
  kToRing,     // go on with sqes on the ring thread
  kToLoop,     // the loop thread must allocate, fill or empty memory, then it sends the job on
  kParkRead,   // wait until park_fd is readable, then go on on the pool
  kParkWrite,  // wait until park_fd is writable, then go on on the pool
  kParkRetry,  // wait park_ms, then go on on the pool
};

// Whether a job's filesystem is sure to answer. Judged when the job leaves the loop thread (engine/reach.h).
enum class Reach : uint8_t {
  kLocal = 0,
  kUnproven,  // so the path's text says, if no symbolic link is on the way
  kLinked,    // the text does not tell: only a walk does
  kMayWait,   // a FUSE daemon or a server may never answer: threads of its own, never the ring
};

// How far a job has come. Ops use the ones they need.
enum class Stage : uint8_t {
  kStart = 0,
  kOpened,      // fd is open, nothing known of it
  kSized,       // fstat done
  kNeedTarget,  // wants the loop thread to allocate `length` bytes for the result
  kNeedData,    // wants the loop thread to copy the next chunk of the user's data into memory
  kHaveData,    // wants the loop thread to copy memory into the user's buffer
  kTransfer,    // reading or writing
  kFinishing,   // last steps (fsync, close)
};

class WaitingMounts;

// A folder held open: while relative paths that start in it wait (see design note in ARCHITECTURE.md), or between an
// opendir and its close.
class Directory {
 public:
  // `name` is its absolute path, where somebody has asked for that.
  explicit Directory(int fd, std::string name = {}) : fd_(fd), name_(std::move(name)) {}
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  int fd() const { return fd_; }
  const std::string& name() const { return name_; }

 private:
  int fd_;
  std::string name_;
};

// What the kernel told about an open file.
struct FileFacts {
  uint64_t size = 0;
  uint64_t dev = 0;
  uint32_t mode = 0;
  int64_t filesystem = 0;  // f_type of statfs(2), 0: not asked
  bool regular() const { return S_ISREG(mode); }
};

// What an op that takes several steps keeps between them, or brings back.
struct JobState {
  JobState() = default;
  virtual ~JobState() = default;
  JobState(const JobState&) = delete;
  JobState& operator=(const JobState&) = delete;
};

struct Job {
  // Identity: index into JavaScript's table of pending ops; serial grows with every reuse of this object.
  uint32_t id = 0;
  uint64_t serial = 0;
  Op op = Op::kReadFile;
  Stage stage = Stage::kStart;
  Lane lane = Lane::kNone;

  // Asked for.
  std::string path;
  std::string path2;
  std::shared_ptr<Directory> dir;     // where a relative path starts; null: the process's current folder
  std::shared_ptr<Directory> folder;  // opendir: what was opened; readFolder, close: what is worked on
  int fd = -1;                        // the descriptor worked on
  int position_fd = -1;               // the caller's, at whose own position the job works (engine/positions.h)
  bool owns_fd = false;               // fd is ours (opened or duplicated by the engine): we close it
  int flags = 0;                      // open(2) flags, access(2) mode, or the op's own bits
  uint32_t mode = 0;
  uint32_t options = 0;
  int64_t position = -1;     // -1: the file's own position
  uint64_t length = 0;       // bytes wanted; readFile: the size of `target`
  uint64_t view_offset = 0;  // where the op's bytes begin in the user's view
  double atime = 0;          // utimes: seconds since the epoch
  double mtime = 0;
  bool tried = false;       // a cached attempt was made
  int64_t took_ns = 0;      // of a shared one: the pool's work on it
  bool shared = false;      // sent away untried, to share the work: likely to be as short as an attempt
  bool settled_in = false;  // waits beyond its batch, and has taken its folder along

  Reach reach = Reach::kLocal;
  std::shared_ptr<const WaitingMounts> waiting;  // while the reach is to be found out
  bool moves = false;                            // the pool has found out that it may wait
  bool only_close = false;                       // the op is over, but for a close that may wait

  // Memory. `memory` is ours; `target` belongs to JavaScript's heap but is not reachable from user code
  // until the job is published, and is handed to the kernel only for files on local filesystems.
  Memory memory;
  uint8_t* target = nullptr;
  bool huge_pages = false;    // those that it is still to be read into are huge ones
  int64_t read_since_ns = 0;  // when reading into small ones began, where that is to be known; else 0
  uint64_t done = 0;          // bytes transferred
  uint64_t chunk = 0;         // bytes in `memory` (data to write, or data read and not yet delivered)
  uint64_t chunk_done = 0;

  // Progress that only some ops need.
  FileFacts facts;
  bool fifo_waited = false;   // a FIFO has been seen readable or closed once
  bool plain_io = false;      // RWF_NOWAIT is not known for this file
  bool strict_again = false;  // writeFile: second try, in strict order
  bool has_taken = false;     // bytes were read before it began again: a file that gives them once has given them
  int park_fd = -1;
  int park_ms = 0;
  uint64_t parts_issued = 0;  // ring, large reads: next byte to ask for
  std::unique_ptr<JobState> state;
  int second_fd = -1;  // copyFile: the copy; closed in the step that has opened it

  bool refused = false;   // a request of it was EINVAL or EOPNOTSUPP on the ring: see refusals.h
  uint64_t sent_dev = 0;  // the device of its file as it was sent to the ring, 0: not known

  Step away_step = Step::kDone;  // what the job asked for when it came back to the loop thread

  std::atomic<bool> cancelled{false};
  bool abandoned = false;  // the kernel may still work on it: never reused, never freed

  // Outcome.
  int error = 0;  // a positive errno or kError...; 0 is success
  Call call = Call::kNone;
  int64_t value = 0;
  struct statx stx {};
  std::string text;                     // readlink, realpath, mkdtemp: the name; mkdtemp: the one that failed too
  std::array<uint64_t, 8> statfs = {};  // in the order of the running Node's StatFs, with frsize

  bool has(uint32_t bit) const { return (options & bit) != 0; }
  int dir_fd() const;
  Step fail(int error_number, Call failed) {
    // The first error is the one to report: what fails while cleaning up after it says less.
    if (error == 0) {
      error = error_number;
      call = failed;
    }
    return Step::kDone;
  }
  // As it was before its first step, for an op that works on a path.
  void begin_again();
  // The same for one whose descriptor, if there is one, is somebody else's to close.
  void rewind();
  // Back to a state in which the object can carry another op; keeps its memory for reuse.
  void reset();
};

}  // namespace ringfs
