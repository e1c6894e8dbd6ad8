#include "engine/huge_pages.h"

#include <sys/mman.h>

#include "engine/limits.h"

namespace ringfs {

namespace {

constexpr size_t kHugePage = 2 * 1024 * 1024;
constexpr size_t kNewMemoryFrom = 32 * 1024 * 1024;
constexpr uint32_t kMostWithout = 255;
constexpr double kWeightOfNew = 0.25;
constexpr double kDrags = 2;

// About the huge pages that lie within the block.
void advise(void* data, size_t size, int advice) {
  const auto from = (reinterpret_cast<uintptr_t>(data) + kHugePage - 1) / kHugePage * kHugePage;
  const auto to = (reinterpret_cast<uintptr_t>(data) + size) / kHugePage * kHugePage;
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, advice);
}

}  // namespace

HugePages& HugePages::ours() {
  // Never destroyed: threads may outlive static objects.
  static auto* const pages = new HugePages;
  return *pages;
}

bool HugePages::are_for(size_t size) { return size >= kNewMemoryFrom; }

bool HugePages::pay(size_t size) {
  if (!are_for(size)) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool many = used_ >= kHugePagesFrom;
  used_ += size;
  if (!many) return false;
  if (skip_ == 0) return true;
  skip_ -= 1;
  return false;
}

void HugePages::learn(bool huge, size_t size, int64_t ns) {
  const double each = static_cast<double>(ns) / static_cast<double>(size);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!huge) {
    small_ns_ = small_ns_ == 0 ? each : small_ns_ + kWeightOfNew * (each - small_ns_);
    return;
  }
  const bool slower = small_ns_ > 0 && each > small_ns_;
  if (!slower) {
    penalty_ /= 2;
  } else if (penalty_ < kMostWithout) {
    penalty_ = 2 * penalty_ + 1;
  }
  skip_ = slower ? penalty_ : 0;
}

bool HugePages::drag(size_t size, int64_t ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return small_ns_ > 0 && static_cast<double>(ns) > kDrags * small_ns_ * static_cast<double>(size);
}

void HugePages::ask(void* data, size_t size) { advise(data, size, MADV_HUGEPAGE); }

void HugePages::forbid(void* data, size_t size) { advise(data, size, MADV_NOHUGEPAGE); }

}  // namespace ringfs
