// Kernels other than this one: what they say of themselves is believed, and what they lack is done in another way.
#include "engine/kernel.h"

#include <doctest/doctest.h>
#include <liburing.h>

#include <array>
#include <cerrno>
#include <string>

#include "fault_cases.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// All that ops ask for, tried one by one with an engine on such a kernel.
void every_op_is_right(const Kernel& kernel) {
  for (const auto prefer : {Policy::Prefer::kRing, Policy::Prefer::kBest}) {
    const int descriptors = count_descriptors();
    const int threads = count_threads();
    for (const FaultCase& which : fault_cases()) {
      INFO(which.name, prefer == Policy::Prefer::kRing ? ", on the ring" : ", as usual");
      const Folder folder(disk());
      Scene scene(folder);
      Session session(Policy{true, prefer}, 1024, kernel);
      const Outcome outcome = session.run(which.ask(scene));
      CHECK(outcome.error == 0);
      if (outcome.error == 0) CHECK(which.judge(scene, outcome) == "");
      CHECK(session.stop());
    }
    CHECK(back_to(descriptors, threads));
  }
}

Kernel asked_with(const fault::Plan& plan) {
  fault::arm(plan);
  Kernel kernel = ask_kernel();
  fault::disarm();
  return kernel;
}

}  // namespace

TEST_CASE("a kernel without one of the opcodes: every op is right all the same") {
  if (!has_ring()) return;
  warm_up();
  constexpr std::array<unsigned, 9> kUsed = {IORING_OP_OPENAT, IORING_OP_OPENAT2, IORING_OP_CLOSE,
                                             IORING_OP_READ,   IORING_OP_WRITE,   IORING_OP_FSYNC,
                                             IORING_OP_STATX,  kOpFixedFdInstall, kOpFtruncate};
  // A sanitizer takes two of them, other ones in the next run.
  const size_t step = kSanitized ? 5 : 1;
  for (size_t i = seed() % step; i < kUsed.size(); i += step) {
    INFO("without opcode ", kUsed[i]);
    Kernel kernel = probe_kernel();
    kernel.opcodes[kUsed[i]] = false;
    every_op_is_right(kernel);
  }
}

TEST_CASE("a kernel before 6.1, and one with a ring and no opcode that we use: every op is right all the same") {
  if (!has_ring()) return;
  warm_up();
  Kernel kernel = probe_kernel();
  kernel.defer_taskrun = false;
  every_op_is_right(kernel);
  kernel.opcodes = {};
  every_op_is_right(kernel);
}

TEST_CASE("a kernel that refuses a ring is asked once, and the call that said so and its errno are told") {
  const auto refused = [](fault::Point point, int error, bool for_good) {
    return asked_with({point, fault::Manner::kFails, error, 1, for_good});
  };
  const Kernel no_ring = refused(fault::Point::kSetUp, EPERM, true);
  CHECK(!no_ring.has_ring);
  CHECK(no_ring.refused_errno == EPERM);
  CHECK(std::string(no_ring.refused_call) == "io_uring_setup");
  if (!has_ring()) return;
  const Kernel no_enter = refused(fault::Point::kEnter, EACCES, true);
  CHECK(!no_enter.has_ring);
  CHECK(no_enter.refused_errno == EACCES);
  CHECK(std::string(no_enter.refused_call) == "io_uring_enter");
  const Kernel no_memory = refused(fault::Point::kMemory, ENOMEM, true);
  CHECK(!no_memory.has_ring);
  CHECK(no_memory.refused_errno == ENOMEM);
  // One that knows only the flags of before 6.1.
  const Kernel old = refused(fault::Point::kSetUp, EINVAL, false);
  CHECK(old.has_ring);
  CHECK(!old.defer_taskrun);
}
