// Cached attempts where something is missing: the loop thread's ring, an opcode, memory, a path that was there before.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "engine/limits.h"
#include "engine/syscalls.h"
#include "fault_plan.h"
#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;
using fault::Manner;
using fault::Point;

namespace {

constexpr size_t kFiles = 8;
const Lanes kCachedFirst = {"io_uring, cached", {true, Policy::Prefer::kCached}};

void make_files(const Folder& folder) {
  for (uint32_t i = 0; i < kFiles; i++) {
    write_plainly(folder / std::to_string(i), pattern(1000 + i, i));
    read_plainly(folder / std::to_string(i));
  }
}

// One batch of reads, each of which is right.
void read_files(Session& session, const Folder& folder) {
  std::vector<Ask> asks;
  for (size_t i = 0; i < kFiles; i++) asks.push_back(ask_read_file(folder / std::to_string(i)));
  const auto outcomes = session.run_all(std::move(asks));
  for (uint32_t i = 0; i < kFiles; i++) CHECK((outcomes[i].bytes == pattern(1000 + i, i)));
}

uint64_t sqes(Session& session) { return session.engine().counters().sqes.load(); }

// A mount anywhere in the machine can make one of a file that is cached: what misses goes to the ring's own thread,
// which asks for a ring too.
bool all_hit(Session& session) { return session.engine().counters().cached_misses.load() == 0; }

// Where the time of an iteration ends amid a batch, what is tried at once may be too little to be worth a ring.
bool sets_ring_up(Session& session, const Folder& folder) {
  for (int round = 0; round < 100 && sqes(session) == 0; round++) read_files(session, folder);
  return sqes(session) > 0;
}

// The loop thread's effective user alone; the real one stays.
class AsNobody {
 public:
  AsNobody() { ok_ = ::syscall(SYS_setresuid, -1, 65534, -1) == 0; }
  ~AsNobody() {
    if (ok_) ::syscall(SYS_setresuid, -1, 0, -1);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool ok_ = false;
};

}  // namespace

TEST_CASE("the loop thread's ring, refused for good: attempts are made with plain calls, and it is asked for once") {
  if (!has_ring()) return;
  with_lanes(kCachedFirst, disk(), [](Session& session, const Folder& folder) {
    make_files(folder);
    fault::arm({Point::kSetUp, Manner::kFails, EPERM, 1, true});
    for (int round = 0; round < 100 && fault::struck_yet() == 0; round++) read_files(session, folder);
    for (int round = 0; round < 3; round++) read_files(session, folder);
    const uint64_t asked = fault::disarm();
    read_files(session, folder);
    if (all_hit(session)) CHECK(asked == 1);
    if (all_hit(session)) CHECK(sqes(session) == 0);
    CHECK(session.engine().counters().cached_hits.load() > 0);
  });
}

TEST_CASE("the loop thread's ring, not to be had at first: plain calls for a second, then the ring") {
  if (!has_ring()) return;
  with_lanes(kCachedFirst, disk(), [](Session& session, const Folder& folder) {
    make_files(folder);
    fault::arm({Point::kSetUp, Manner::kFails, EMFILE, 1, false});
    const int64_t begun_ns = sys::now_ns();
    for (int round = 0; round < 100 && fault::struck_yet() == 0; round++) read_files(session, folder);
    for (int round = 0; round < 3; round++) read_files(session, folder);
    CHECK(fault::disarm() == 1);
    const bool rings = sqes(session) > 0;
    const bool in_time = sys::now_ns() - begun_ns < kAskAgainNs;  // unless the machine stood still
    if (in_time && all_hit(session)) CHECK_FALSE(rings);
    session.turn_for(static_cast<int>(kAskAgainNs / 1'000'000) + 50);
    CHECK(sets_ring_up(session, folder));
  });
}

TEST_CASE("a kernel that lacks what the loop thread's ring needs: attempts are made with plain calls") {
  if (!has_ring()) return;
  for (const unsigned opcode : {unsigned{IORING_OP_OPENAT2}, unsigned{IORING_OP_READ}, unsigned{IORING_OP_CLOSE},
                                unsigned{kOpFixedFdInstall}}) {
    INFO("without opcode ", opcode);
    const Folder folder(disk());
    make_files(folder);
    Kernel kernel = probe_kernel();
    kernel.opcodes[opcode] = false;
    Session session(kCachedFirst.policy, 1024, kernel);
    for (int round = 0; round < 2; round++) read_files(session, folder);
    if (all_hit(session)) CHECK(sqes(session) == 0);
    CHECK(session.stop());
  }
  const Folder folder(disk());
  make_files(folder);
  Kernel old = probe_kernel();
  old.defer_taskrun = false;
  Session session(kCachedFirst.policy, 1024, old);
  CHECK(sets_ring_up(session, folder));
  CHECK(session.stop());
}

TEST_CASE("a ring without FIXED_FD_INSTALL: files are opened plainly on it, and failures are those of the open") {
  if (!has_ring()) return;
  const Folder folder(disk());
  make_files(folder);
  Kernel kernel = probe_kernel();
  kernel.opcodes[kOpFixedFdInstall] = false;
  Session session(Policy{true, Policy::Prefer::kRing}, 1024, kernel);
  read_files(session, folder);
  const Outcome missing = session.run(ask_read_file(folder / "missing"));
  CHECK(missing.error == ENOENT);
  CHECK(missing.call == Call::kOpen);
  CHECK(session.run(ask_read_file(folder.path())).error == EISDIR);
  CHECK(session.stop());
}

TEST_CASE("with any call of an attempt failing the op goes its usual way, and its answer is right") {
  // Asked about before, so that kinds of filesystems are known and paths are seen.
  const Folder folder(disk());
  write_plainly(folder / "file", pattern(5000, 1));
  const std::string file = folder / "file";
  const auto handle = [&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); };
  for (const Lanes& lanes : all_lanes()) {
    if (lanes.policy.prefer == Policy::Prefer::kRing || lanes.policy.prefer == Policy::Prefer::kBlocking) continue;
    with_lanes(lanes, disk(), [&](Session& session, const Folder&) {
      session.run(ask_read_file(file));
      session.run(ask_path(Op::kStat, file));
      const auto try_all = [&](const Ask& ask, Manner manner, const auto& is_right) {
        for (const int error : manner == Manner::kFails ? std::vector<int>{EIO, EROFS} : std::vector<int>{0}) {
          for (uint64_t nth = 1; nth <= 12; nth++) {
            if (ask.fd >= 0) REQUIRE(::lseek(ask.fd, 0, SEEK_SET) == 0);
            session.run(ask_path(Op::kStat, file));
            fault::arm({Point::kCall, manner, error, nth, false});
            const uint32_t id = session.submit({ask});
            const bool met = fault::disarm() > 0;
            REQUIRE(session.turn_until_finished(id));
            const Outcome& outcome = session.outcome(id);
            INFO("op ", static_cast<int>(ask.op), ", call ", nth, ", error ", outcome.error);
            CHECK((outcome.error == 0 ? is_right(outcome) : outcome.error == error));
            if (!met) break;
          }
        }
      };
      const auto whole = [](const Outcome& outcome) { return outcome.bytes == pattern(5000, 1); };
      const auto sized = [](const Outcome& outcome) { return outcome.stx.stx_size == 5000; };
      const auto fine = [](const Outcome&) { return true; };
      const int fd = handle();
      for (const Manner manner : {Manner::kFails, Manner::kShort}) {
        try_all(ask_on(Op::kReadFile, fd), manner, whole);
        try_all(ask_read_file(file), manner, whole);
        try_all(ask_read(fd, 6000, -1), manner, [](const Outcome& outcome) { return outcome.value > 0; });
        try_all(ask_on(Op::kStat, fd), manner, sized);
        try_all(ask_path(Op::kStat, file), manner, sized);
        try_all(ask_path(Op::kAccess, file, R_OK), manner, fine);
        try_all(ask_path(Op::kAccess, folder / "./file", R_OK), manner, fine);
      }
      ::close(fd);
    });
  }
}

TEST_CASE("access: of a path that was just seen, what may not be done with it is told as before") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    REQUIRE(::chmod((folder / "file").c_str(), 0600) == 0);
    const auto access = [&](int mode) { return session.run(ask_path(Op::kAccess, folder / "file", mode)).error; };
    CHECK(access(X_OK) == EACCES);
    for (int round = 0; round < 3; round++) {
      CHECK(access(F_OK) == 0);
      CHECK(access(R_OK) == 0);
      CHECK(access(X_OK) == EACCES);
    }
    for (const Op op : {Op::kStat, Op::kAccess, Op::kRealpath, Op::kReadlink, Op::kUnlink}) {
      CHECK(session.run(ask_path(op, "")).error == ENOENT);
    }
  });
}

TEST_CASE("access asks for the real user: where only the effective one may not walk, the pool finds the answer") {
  if (::geteuid() != 0 || memory_disk().empty()) return;
  on_every_lane([](Session& session, const Folder&) {
    const Folder folder(memory_disk());  // mkdtemp: for its owner alone
    write_plainly(folder / "file", pattern(10, 1));
    // The lanes' threads begin as the real user.
    CHECK(session.run(ask_path(Op::kUnlink, folder / "missing")).error == ENOENT);
    const AsNobody nobody;
    const Outcome outcome = session.run(ask_path(Op::kAccess, folder / "file", R_OK));
    CHECK(outcome.error == 0);
    CHECK(outcome.lane != Lane::kCached);
  });
}

TEST_CASE("no memory for a result: the op says ENOMEM as a read, whatever lane it takes") {
  on_every_lane([](Session& session, const Folder& folder) {
    for (const size_t size : {size_t{1000}, kStagedResultMax + 1000}) {
      write_plainly(folder / "file", pattern(size, 1));
      read_plainly(folder / "file");
      const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
      session.run(ask_read_file(folder / "file"));
      session.host().refuse_targets(true);
      for (Ask ask : {ask_read_file(folder / "file"), ask_on(Op::kReadFile, fd)}) {
        const Outcome outcome = session.run(ask);
        // A small one is staged where the attempt has found no memory.
        if (outcome.error == 0) CHECK((outcome.bytes == pattern(size, 1)));
        CHECK((outcome.error == 0 || (outcome.error == ENOMEM && outcome.call == Call::kRead)));
        if (size > kStagedResultMax && ask.fd < 0) CHECK(outcome.error == ENOMEM);
      }
      session.host().refuse_targets(false);
      REQUIRE(::lseek(fd, 0, SEEK_SET) == 0);
      CHECK((session.run(ask_on(Op::kReadFile, fd)).bytes == pattern(size, 1)));
      ::close(fd);
    }
  });
}
