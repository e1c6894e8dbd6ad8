// The fault plan: makes the nth system call, allocation, thread start, submission, completion or notification of the
// engine go wrong in a chosen way, once or for good.
//
// It lives in the test program alone. The linker sends the engine's calls through it (`--wrap`, see CMakeLists.txt), so
// the engine's sources hold no hook of it, and the addon that users get is compiled from the very same lines.
#pragma once

#include <cstdint>
#include <string>

namespace ringfs::test::fault {

// What may go wrong.
enum class Point : uint8_t {
  kCall,      // a system call of the engine's: open, read, close, ...
  kMemory,    // malloc and its kin: the blocks that data goes through
  kThread,    // pthread_create
  kSetUp,     // io_uring_setup
  kRegister,  // io_uring_register
  kEnter,     // io_uring_enter: nothing is submitted
  kSqe,       // one request: what its cqe says
  kNotify,    // a write to an eventfd: doorbell and notifier
};

// How it goes wrong.
enum class Manner : uint8_t {
  kFails,      // with Plan::error; a close still closes, as Linux does
  kShort,      // moves one byte
  kAlmost,     // moves one byte less than it was asked for
  kDelayed,    // comes 3 ms late
  kDoubled,    // kSqe: its cqe comes twice. kNotify: written twice
  kHangs,      // kSqe: it waits for what never comes, and can be cancelled
  kReordered,  // kEnter: the cqes of one enter stand in the queue the other way round
  kMet,        // nothing goes wrong: outside of the loop thread the call waits for go_on(), or Plan::hold_ms
};

struct Plan {
  Point point = Point::kCall;
  Manner manner = Manner::kFails;
  int error = 0;
  uint64_t nth = 1;       // the first is 1
  bool for_good = false;  // the nth and all that follow
  uint64_t times = 1;     // else the nth and so many in all
  // kMet: not for ever, since the call may be one made with a lock held that a cancel wants.
  int hold_ms = 20;
};

// Plan::hold_ms where nobody wants what a call holds: a thread that is to let it go on may be kept from running itself.
inline constexpr int kHoldForLong = 30'000;

std::string describe(const Plan& plan);

// Counts from here on, and lets go wrong what the plan says. Nothing of the plan touches calls made before.
void arm(const Plan& plan);
// How often it has struck. From here on all is well again.
uint64_t disarm();
// How often it has struck so far.
uint64_t struck_yet();

// Of kMet: whether a thread waits in a call now, and what lets it go on. The loop thread is the one that has armed.
bool is_met();
void go_on();

// What the engine reads instead of /proc/self/mountinfo; empty: the thing itself.
void pretend_mounts(const std::string& path);

// Whether this kernel's IORING_OP_NOP can be told its result (Linux 6.11), which kSqe is made of.
bool can_spoil_sqes();

// Blocks held by this program: malloc's and operator new's. Always 0 where a sanitizer keeps the books.
int64_t live_blocks();

}  // namespace ringfs::test::fault
