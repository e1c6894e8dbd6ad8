#include "engine/memory.h"

#include <cstdlib>
#include <cstring>

namespace ringfs {

bool Memory::reserve(size_t size, size_t keep) {
  if (size <= capacity_) return true;
  auto* grown = static_cast<uint8_t*>(std::malloc(size));
  if (grown == nullptr) return false;
  if (keep > 0) std::memcpy(grown, data_, keep);
  std::free(data_);
  data_ = grown;
  capacity_ = size;
  return true;
}

void Memory::release() {
  std::free(data_);
  data_ = nullptr;
  capacity_ = 0;
}

}  // namespace ringfs
