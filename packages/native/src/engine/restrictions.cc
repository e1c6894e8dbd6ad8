#include "engine/restrictions.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "engine/kernel.h"

namespace ringfs {

namespace {

// Opcodes, what is registered later, and the flags of an sqe.
constexpr size_t kMostRestrictions = 32;

// IORING_REGISTER_SYNC_CANCEL (Linux 6.0): a ring that is given up has its requests ended without an enter.
constexpr uint8_t kLaterRegistration = IORING_REGISTER_SYNC_CANCEL;
constexpr uint8_t kSqeFlags = IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_IO_HARDLINK | IOSQE_ASYNC;

}  // namespace

int restrict_and_enable(io_uring* ring, std::initializer_list<uint8_t> opcodes) {
  std::array<io_uring_restriction, kMostRestrictions> rules{};
  unsigned count = 0;
  const auto add = [&](uint16_t kind, uint8_t what) {
    rules[count].opcode = kind;
    rules[count].sqe_op = what;  // one place for opcode, registration and flags: a union
    count += 1;
  };
  add(IORING_RESTRICTION_SQE_FLAGS_ALLOWED, kSqeFlags);
  // A number behind the last that a kernel knows would have all rules refused.
  const auto known = probe_kernel().opcodes;
  const auto last = std::find(known.rbegin(), known.rend(), true);
  for (const uint8_t opcode : opcodes) {
    if (opcode < known.rend() - last) add(IORING_RESTRICTION_SQE_OP, opcode);
  }
  // liburing waits with a timeout request where io_uring_enter(2) knows no time limit (before Linux 5.11).
  if ((ring->features & IORING_FEAT_EXT_ARG) == 0) add(IORING_RESTRICTION_SQE_OP, IORING_OP_TIMEOUT);
  add(IORING_RESTRICTION_REGISTER_OP, kLaterRegistration);
  int r = io_uring_register_restrictions(ring, rules.data(), count);
  if (r == -EINVAL) r = io_uring_register_restrictions(ring, rules.data(), count - 1);
  // A kernel that knows no such rules has none; any other failure is one of the moment (ENOMEM).
  if (r < 0 && r != -EINVAL) return r;
  return io_uring_enable_rings(ring);
}

}  // namespace ringfs
