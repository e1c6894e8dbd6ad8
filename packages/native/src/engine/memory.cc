#include "engine/memory.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace ringfs {

namespace {

constexpr size_t kDoubledUpTo = 1024 * 1024;

}  // namespace

void keep_freed_memory() {
#if defined(__GLIBC__)
  static std::atomic<bool> asked{false};
  if (asked.exchange(true)) return;
  // A block that has been freed is what glibc learns from. Its pages are never touched. Where the environment says how
  // much is to be kept (MALLOC_TRIM_THRESHOLD_ and the like), glibc learns nothing.
  constexpr size_t kLearned = 16 * 1024 * 1024;
  void* volatile block = std::malloc(kLearned);
  std::free(block);
#endif
}

bool Memory::reserve(size_t size, size_t keep) {
  if (size <= capacity_) return true;
  // On a page boundary where it matters: O_DIRECT asks for it.
  constexpr size_t kPage = 4096;
  // Beyond that in powers of two, so that memory that is used again soon fits whatever comes. What is not touched costs
  // nothing.
  size_t whole = size;
  if (size >= kPage) {
    whole = kPage;
    while (whole < size && whole < kDoubledUpTo) whole *= 2;
    if (whole < size) whole = (size + kPage - 1) / kPage * kPage;
  }
  auto* grown = static_cast<uint8_t*>(whole < kPage ? std::malloc(whole) : std::aligned_alloc(kPage, whole));
  if (grown == nullptr) return false;
  if (keep > 0) std::memcpy(grown, data_, keep);
  std::free(data_);
  data_ = grown;
  capacity_ = whole;
  return true;
}

void Memory::release() {
  std::free(data_);
  data_ = nullptr;
  capacity_ = 0;
}

}  // namespace ringfs
