#include "engine/memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace ringfs {

namespace {

constexpr size_t kDoubledUpTo = 1024 * 1024;
constexpr uintptr_t kHugePage = 2 * 1024 * 1024;

}  // namespace

void advise_huge_pages(void* data, size_t size) {
  const auto from = (reinterpret_cast<uintptr_t>(data) + kHugePage - 1) / kHugePage * kHugePage;
  const auto to = (reinterpret_cast<uintptr_t>(data) + size) / kHugePage * kHugePage;
  // Advice: where the kernel has no such pages, the others do.
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
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
  advise_huge_pages(grown, whole);
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
