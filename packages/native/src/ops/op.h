// One op, one small file: its cached attempt, its chains of sqes and its plain system calls, side by side.
//
// Each function is a step: it works until it is done or has to wait, notes in Job how far it came, and says
// what it waits for. It is called again, on the right thread, when that has come.
#pragma once

#include "engine/job.h"

namespace ringfs {

class CachedLane;
class Chain;
class CachedRing;
class LoopSide;

// How far an attempt came that shared a system call.
enum class Shared : uint8_t {
  kDone,     // finished
  kMiss,     // as a miss of `cached`
  kClose,    // finished, once its direct descriptor is closed
  kInstall,  // goes on with an ordinary descriptor
};

struct SharedAttempt {
  // Adds the sqes of attempt `index`. False: this job cannot go this way; try it alone.
  bool (*prep)(Job& job, CachedLane& lane, CachedRing& ring, unsigned index);
  // Looks at their results.
  Shared (*judge)(Job& job, CachedLane& lane, CachedRing& ring, unsigned index);
  // After kInstall, with Job::fd open: as `cached`.
  bool (*go_on)(Job& job, CachedLane& lane);
};

struct OpTable {
  const char* name;
  // Loop thread. Finishes the job without blocking, or leaves it as it is (perhaps with a file opened) and
  // returns false. Null: there is no such attempt.
  bool (*cached)(Job& job, CachedLane& lane);
  // Loop thread, before the job leaves it and each time it asks to come back (Step::kToLoop): moves data
  // between our memory and JavaScript's. Returns kDone, kToPool or kToRing.
  Step (*on_loop)(Job& job, LoopSide& side);
  // Ring thread: called to begin and each time the chain's last cqe has come. Null: no sqes for this op.
  Step (*on_ring)(Job& job, Chain& chain);
  // Pool thread.
  Step (*on_pool)(Job& job);
  // Loop thread: the cached attempt as sqes, so that many share one system call. Null: there is no such way.
  const SharedAttempt* shared = nullptr;
  // The attempt changes a folder, which waits for nothing on tmpfs alone: elsewhere there is none.
  bool in_memory_only = false;
};

const OpTable& table_of(Op op);

// The tables themselves, each defined in the file of its op.
extern const OpTable kReadFileOp;
extern const OpTable kWriteFileOp;
extern const OpTable kOpenOp;
extern const OpTable kReadOp;
extern const OpTable kWriteOp;
extern const OpTable kCloseOp;
extern const OpTable kSyncOp;
extern const OpTable kStatOp;
extern const OpTable kAccessOp;
extern const OpTable kUnlinkOp;
extern const OpTable kMkdirOp;
extern const OpTable kRenameOp;
extern const OpTable kTruncateOp;
extern const OpTable kReaddirOp;
extern const OpTable kRmOp;
extern const OpTable kChmodOp;
extern const OpTable kChownOp;
extern const OpTable kUtimesOp;
extern const OpTable kLinkOp;
extern const OpTable kSymlinkOp;
extern const OpTable kReadlinkOp;
extern const OpTable kRealpathOp;
extern const OpTable kRmdirOp;
extern const OpTable kStatfsOp;
extern const OpTable kMkdtempOp;
extern const OpTable kCopyFileOp;
extern const OpTable kOpendirOp;
extern const OpTable kReadFolderOp;

}  // namespace ringfs
