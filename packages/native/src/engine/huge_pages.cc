#include "engine/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>

#include "engine/limits.h"
#include "engine/syscalls.h"

namespace ringfs {

namespace {

constexpr size_t kNewMemoryFrom = 32 * 1024 * 1024;
constexpr double kWeightOfNew = 0.25;
// A quick one takes at most this share of what reading as much with small pages takes, and saves as much. But that may
// have been a disk's time; one is cleared in 0.06 to 0.3 ms.
constexpr double kQuick = 0.5;
constexpr double kQuickNs = 500'000;
// Of the time that results with small pages take, what may be spent on trying huge ones again.
constexpr double kShare = 0.25;

uint8_t* aligned(uint8_t* data) {
  return data + (HugePages::kSize - reinterpret_cast<uintptr_t>(data) % HugePages::kSize) % HugePages::kSize;
}

// About the huge pages that lie within the block.
void advise(uint8_t* data, const uint8_t* end, int advice) {
  uint8_t* from = aligned(data);
  if (from >= end) return;
  const size_t size = static_cast<size_t>(end - from) / HugePages::kSize * HugePages::kSize;
  if (size > 0) ::madvise(from, size, advice);
}

// Has the kernel map the page, and leaves its bytes alone. Volatile: a compiler may leave out what changes
// nothing.
void touch(volatile uint8_t* page) { __atomic_fetch_or(page, 0, __ATOMIC_RELAXED); }

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
  return many && !spent_;
}

void HugePages::ask(uint8_t* data, size_t size) { advise(data, data + size, MADV_HUGEPAGE); }

bool HugePages::find(uint8_t* data, uint8_t* until, uint8_t* end) {
  for (uint8_t* page = aligned(data); page < until && page + kSize <= end; page += kSize) {
    const int64_t since_ns = sys::now_ns();
    touch(page);
    if (note_huge(sys::now_ns() - since_ns)) continue;
    advise(page + kSize, end, MADV_NOHUGEPAGE);
    return false;
  }
  return true;
}

void HugePages::note_small(size_t size, int64_t ns) {
  const double each = static_cast<double>(ns) / static_cast<double>(size);
  const std::lock_guard<std::mutex> lock(mutex_);
  small_ns_ = small_ns_ == 0 ? each : small_ns_ + kWeightOfNew * (each - small_ns_);
  earn(kShare * static_cast<double>(ns));
}

bool HugePages::note_huge(int64_t ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const double quick_ns = std::min(kQuick * small_ns_ * static_cast<double>(kSize), kQuickNs);
  if (static_cast<double>(ns) <= quick_ns) {
    earn(quick_ns);
    return true;
  }
  purse_ns_ = std::max(purse_ns_ - static_cast<double>(ns), -kHugePagesPurseNs);
  if (purse_ns_ <= 0) spent_ = true;
  return !spent_;
}

void HugePages::earn(double ns) {
  purse_ns_ = std::min(purse_ns_ + ns, kHugePagesPurseNs);
  if (purse_ns_ >= kHugePagesPurseNs / 2) spent_ = false;
}

}  // namespace ringfs
