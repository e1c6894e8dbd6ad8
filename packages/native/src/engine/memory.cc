#include "engine/memory.h"

#include <cstdlib>
#include <cstring>

namespace ringfs {

bool Memory::reserve(size_t size, size_t keep) {
  if (size <= capacity_) return true;
  // On a page boundary where it matters: O_DIRECT asks for it.
  constexpr size_t kPage = 4096;
  const size_t whole = size < kPage ? size : (size + kPage - 1) / kPage * kPage;
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
