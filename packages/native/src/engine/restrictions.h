// What a ring of ours may be asked to do, told to the kernel before its first request (IORING_REGISTER_RESTRICTIONS,
// Linux 5.10): whoever gets hold of its descriptor or memory can ask for nothing else.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <initializer_list>

namespace ringfs {

// For io_uring_params: the ring takes no request before it is enabled.
inline constexpr unsigned kRestrictable = IORING_SETUP_R_DISABLED;

// Restricts a ring that was set up with kRestrictable to these opcodes, and enables it. Called by the only thread that
// may use the ring. 0, or a negative errno: then the ring is of no use.
int restrict_and_enable(io_uring* ring, std::initializer_list<uint8_t> opcodes);

}  // namespace ringfs
