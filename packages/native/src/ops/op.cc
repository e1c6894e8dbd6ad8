#include "ops/op.h"

#include <array>

namespace ringfs {

const OpTable& table_of(Op op) {
  // In the order of the Op enum.
  static constexpr std::array<const OpTable*, static_cast<size_t>(Op::kCount)> kTables = {
      &kReadFileOp, &kWriteFileOp, &kOpenOp,   &kReadOp,    &kWriteOp,    &kCloseOp,    &kSyncOp,
      &kStatOp,     &kAccessOp,    &kUnlinkOp, &kMkdirOp,   &kRenameOp,   &kTruncateOp, &kReaddirOp,
      &kRmOp,       &kChmodOp,     &kChownOp,  &kUtimesOp,  &kLinkOp,     &kSymlinkOp,  &kReadlinkOp,
      &kRealpathOp, &kRmdirOp,     &kStatfsOp, &kMkdtempOp, &kCopyFileOp, &kOpendirOp,  &kReadFolderOp,
  };
  return *kTables[static_cast<size_t>(op)];
}

}  // namespace ringfs
