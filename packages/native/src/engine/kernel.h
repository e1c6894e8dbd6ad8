// What this kernel offers, found by asking it, once per process.
#pragma once

#include <array>
#include <cstdint>

namespace ringfs {

struct Kernel {
  bool has_ring = false;
  int refused_errno = 0;          // why not, from io_uring_setup(2) or the probe
  const char* refused_call = "";  // the call that said so
  bool defer_taskrun = false;     // SINGLE_ISSUER | DEFER_TASKRUN, Linux 6.1
  std::array<bool, 256> opcodes{};
};

// Opcodes that liburing 2.3's header has no name for; plain numbers in the kernel's ABI.
inline constexpr uint8_t kOpFixedFdInstall = 54;  // Linux 6.8
inline constexpr uint8_t kOpFtruncate = 55;       // Linux 6.9

// Sets up a small ring, asks for its opcodes, and closes it again: about 100 us.
Kernel ask_kernel();

// What it said the first time that it could say.
Kernel probe_kernel();

// Whether a refusal is one of the moment: the same may be had once descriptors or memory are free again.
bool is_passing(int error);

}  // namespace ringfs
