// Small parts whose answers ordinary work on one machine never needs: records that are full or old, kernels and
// filesystems of another kind.
#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "engine/chain.h"
#include "engine/limits.h"
#include "engine/loop_side.h"
#include "engine/mounts.h"
#include "engine/refusals.h"
#include "engine/restrictions.h"
#include "engine/seen_paths.h"
#include "engine/syscalls.h"
#include "fault_plan.h"
#include "harness.h"
#include "ops/common.h"
#include "ops/names.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr const char* kNoSwap = "Filename Type Size Used Priority\n";

// One record of getdents64(2).
void add_dirent(Bytes* out, const std::string& name, unsigned char type) {
  dirent64 entry{};
  const size_t size = (offsetof(dirent64, d_name) + name.size() + 1 + 7) / 8 * 8;
  entry.d_reclen = static_cast<unsigned short>(size);
  entry.d_type = type;
  std::memcpy(entry.d_name, name.c_str(), name.size() + 1);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&entry);
  out->insert(out->end(), bytes, bytes + size);
}

}  // namespace

TEST_CASE("seen paths: one is remembered for its time, and another of the same place takes its place") {
  SeenPaths seen;
  CHECK_FALSE(seen.lately("/a", 0));
  seen.note("/a", 1000);
  CHECK(seen.lately("/a", 1000 + kSeenNs - 1));
  CHECK_FALSE(seen.lately("/a", 1000 + kSeenNs));
  CHECK_FALSE(seen.lately("/b", 1000));
}

TEST_CASE("refusals: an op on a device speaks for these two alone, and no more are remembered than there is room for") {
  Refusals refusals;
  Job job;
  job.op = Op::kRead;
  job.sent_dev = job.facts.dev = 5;
  CHECK_FALSE(refusals.speak_against(job));
  refusals.learn(job);
  CHECK(refusals.speak_against(job));
  job.op = Op::kWrite;
  CHECK_FALSE(refusals.speak_against(job));
  job.op = Op::kRead;
  job.facts.dev = 6;
  CHECK_FALSE(refusals.speak_against(job));
  for (uint64_t dev = 100; dev < 100 + 2 * kRefusals; dev++) {
    job.sent_dev = dev;
    refusals.learn(job);
  }
  job.facts.dev = 100 + kRefusals - 2;
  CHECK(refusals.speak_against(job));
  job.facts.dev = 100 + kRefusals - 1;
  CHECK_FALSE(refusals.speak_against(job));
}

TEST_CASE("an open that takes no links gives a mode only where a file is made") {
  CHECK(how_without_links(O_RDONLY, 0600).mode == 0);
  CHECK(how_without_links(O_RDONLY | O_DIRECTORY, 0600).mode == 0);
  CHECK(how_without_links(O_RDWR | O_CREAT, 0107666).mode == 07666);
  CHECK(how_without_links(O_RDWR | O_TMPFILE, 0600).mode == 0600);
}

TEST_CASE("a close has closed, whatever it says of having been interrupted or of what is still under way") {
  for (const int result : {0, -EINTR, -EINPROGRESS, -512}) CHECK_FALSE(close_failed(result));
  for (const int result : {-EIO, -EBADF, -ENOSPC}) CHECK(close_failed(result));
  for (const int error : {EINTR, EINPROGRESS}) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    fault::arm({fault::Point::kCall, fault::Manner::kFails, error, 1, false});
    CHECK(sys::close(fd) == 0);
    CHECK(fault::disarm() == 1);
    CHECK(::fcntl(fd, F_GETFD) < 0);
  }
}

TEST_CASE("a name whose kind the filesystem does not tell is of an unknown kind") {
  Bytes records;
  add_dirent(&records, ".", DT_DIR);
  add_dirent(&records, "..", DT_DIR);
  add_dirent(&records, "untold", DT_UNKNOWN);
  add_dirent(&records, "whiteout", DT_WHT);
  add_dirent(&records, "block", DT_BLK);
  Names names;
  names.take(records.data(), records.size());
  REQUIRE(names.size() == 3);
  CHECK(names.name(0) == "untold");
  CHECK(names.entry(0).kind == Names::kUnknown);
  CHECK(names.entry(1).kind == Names::kUnknown);
  CHECK(names.entry(2).kind == Names::kBlock);
}

TEST_CASE("mounts: a device number that is none belongs to no file, and does not spoil the table") {
  MountTable mounts;
  for (const std::string dev : {"x:50", "0:x", "0:50:1", "", "7"}) {
    INFO(dev);
    mounts.parse("27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 " + dev + " / /mnt rw - fuse x rw\n", kNoSwap);
    bool plain = false;
    CHECK_FALSE(mounts.may_open("/mnt/file", false, &plain));
    CHECK(mounts.may_open("/home/file", false, &plain));
  }
}

TEST_CASE("mounts: beside a slow one an empty path, and one that starts in a folder that is gone, are not tried") {
  MountTable mounts;
  mounts.parse("27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 0:50 / /mnt rw - fuse x rw\n", kNoSwap);
  bool plain = false;
  CHECK_FALSE(mounts.may_open("", true, &plain));
  const Folder folder(disk());
  CHECK(::mkdir((folder / "gone").c_str(), 0777) == 0);
  const Inside inside(folder / "gone");
  CHECK(mounts.may_open("file", false, &plain));
  REQUIRE(::rmdir((folder / "gone").c_str()) == 0);
  CHECK_FALSE(mounts.may_open("file", false, &plain));
}

TEST_CASE("an overlay answers RWF_NOWAIT and so goes to the ring, but is not taken to be local") {
  MountTable mounts;
  mounts.parse("27 1 0:25 / / rw - overlay overlay rw\n", kNoSwap);
  FileFacts facts;
  facts.dev = 25;
  facts.filesystem = OVERLAYFS_SUPER_MAGIC;
  CHECK(mounts.kind(facts) == Filesystem::kLayered);
  PlainHost host(1);
  LoopSide side(host, mounts);
  CHECK(side.answers_nowait(facts));
  CHECK_FALSE(side.is_local(facts));
}

TEST_CASE("a ring whose enter knows no time limit may make the timeout requests that stand for it") {
  if (!has_ring()) return;
  for (const bool knows : {true, false}) {
    io_uring ring{};
    io_uring_params params{};
    params.flags = kRestrictable;
    REQUIRE(io_uring_queue_init_params(4, &ring, &params) == 0);
    if (!knows) ring.features &= ~static_cast<unsigned>(IORING_FEAT_EXT_ARG);
    REQUIRE(restrict_and_enable(&ring, {IORING_OP_READ}) == 0);
    __kernel_timespec soon{0, 1};
    io_uring_prep_timeout(io_uring_get_sqe(&ring), &soon, 0, 0);
    REQUIRE(io_uring_submit_and_wait(&ring, 1) == 1);
    io_uring_cqe* cqe = nullptr;
    REQUIRE(io_uring_peek_cqe(&ring, &cqe) == 0);
    CHECK(cqe->res == (knows ? -EACCES : -ETIME));
    io_uring_queue_exit(&ring);
  }
}
