// Memory of our own: what the kernel reads from and writes to while a request is in flight.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringfs {

// Lets the C library keep up to 32 MiB of what is freed, for the large results to come; once per process. glibc gives
// freed memory at the end of its heap back to the kernel as soon as that is twice the largest block it has seen freed
// (mallopt(3), "dynamic mmap threshold"), so results of 1 MiB cost a page fault every 4 KiB again and again.
void keep_freed_memory();

// A malloc'ed block. Allocation can fail, and says so: no exception crosses the engine.
class Memory {
 public:
  Memory() = default;
  ~Memory() { release(); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // At least `size` bytes; what was in it is lost unless `keep` bytes are asked to be kept.
  [[nodiscard]] bool reserve(size_t size, size_t keep = 0);
  void release();
  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t capacity() const { return capacity_; }

 private:
  uint8_t* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace ringfs
