#include <doctest/doctest.h>
#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "engine/ring.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// What the ring thread asks for, and IORING_OP_NOP, with which the fault plan spoils requests.
const std::set<unsigned> kUsed = {IORING_OP_NOP,       IORING_OP_OPENAT,   IORING_OP_OPENAT2,      IORING_OP_READ,
                                  IORING_OP_WRITE,     IORING_OP_CLOSE,    IORING_OP_FSYNC,        IORING_OP_STATX,
                                  IORING_OP_UNLINKAT,  IORING_OP_RENAMEAT, IORING_OP_MKDIRAT,      IORING_OP_LINKAT,
                                  IORING_OP_SYMLINKAT, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, kOpFixedFdInstall,
                                  kOpFtruncate};

int outcome_of(Ring& ring, uint8_t opcode, uint8_t flags) {
  ring.make_room(1);
  io_uring_sqe* sqe = ring.next_sqe();
  io_uring_prep_rw(opcode, sqe, -1, nullptr, 0, 0);
  sqe->flags = flags;
  sqe->user_data = 7;
  int result = 1;
  for (int turn = 0; turn < 3 && result == 1; turn++) {
    ring.submit_and_wait(1, 1'000'000'000);
    ring.reap([&](uint64_t, int said) { result = said; });
  }
  return result;
}

}  // namespace

TEST_CASE("a ring refuses opcodes, flags and registrations that the engine has no use for") {
  if (!has_ring()) return;
  const auto before = open_rings();
  Counters counters;
  const Kernel kernel = probe_kernel();
  Ring ring(kernel, counters);
  REQUIRE(ring.set_up() == 0);
  unsigned refused = 0;
  for (unsigned opcode = 0; opcode < kernel.opcodes.size(); opcode++) {
    if (!kernel.opcodes[opcode] || kUsed.count(opcode) != 0) continue;
    CAPTURE(opcode);
    CHECK(outcome_of(ring, static_cast<uint8_t>(opcode), 0) == -EACCES);
    refused += 1;
  }
  CHECK(refused > 10);
  CHECK(outcome_of(ring, IORING_OP_READ, IOSQE_IO_DRAIN) == -EACCES);

  std::vector<int> mine;
  for (const int fd : open_rings()) {
    if (before.count(fd) == 0) mine.push_back(fd);
  }
  REQUIRE(mine.size() == 1);
  int event = ::eventfd(0, EFD_CLOEXEC);
  CHECK(::syscall(SYS_io_uring_register, mine[0], IORING_REGISTER_EVENTFD, &event, 1) < 0);
  CHECK(errno == EACCES);
  ::close(event);
}
