// What AddressSanitizer cannot see by itself: memory that the kernel writes to.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

#include <cstdlib>
#endif

namespace ringfs {

// Ends the process, with a report, where the kernel is about to write (or may have written) into memory that is not
// there for it. Nothing at all but under AddressSanitizer.
inline void check_memory(void* data, size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  if (void* bad = size == 0 ? nullptr : __asan_region_is_poisoned(data, size)) {
    __asan_describe_address(bad);
    std::abort();
  }
#else
  (void)data;
  (void)size;
#endif
}

inline void check_memory(const io_uring_sqe& sqe) {
  if (sqe.opcode == IORING_OP_READ) check_memory(reinterpret_cast<void*>(static_cast<uintptr_t>(sqe.addr)), sqe.len);
}

}  // namespace ringfs
