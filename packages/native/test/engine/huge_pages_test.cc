// Huge pages for large results: from when on, and for how long not where finding one was slow.
#include "engine/huge_pages.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include "engine/limits.h"
#include "engine/syscalls.h"

using namespace ringfs;

namespace {

constexpr size_t kMebibyte = 1024 * 1024;
constexpr size_t kResult = 64 * kMebibyte;
constexpr int64_t kSmallNs = 32'000'000;  // what such a result takes with small pages
constexpr int64_t kPageNs = kSmallNs / (kResult / HugePages::kSize);
constexpr int64_t kSlowNs = 5'000'000;

// As a process that has read so much that they are to be tried.
void use_many(HugePages& pages) {
  for (uint64_t used = 0; used < kHugePagesFrom; used += kResult) {
    CHECK_FALSE(pages.pay(kResult));
    pages.note_small(kResult, kSmallNs);
  }
}

// How many slow ones are found before there is nothing left to be spent.
int spend(HugePages& pages) {
  int count = 1;
  for (; pages.note_huge(kSlowNs) && count < 10'000; count++) continue;
  return count;
}

// The results that do without before one is given them again.
int without(HugePages& pages) {
  int count = 0;
  for (; !pages.pay(kResult) && count < 1000; count++) pages.note_small(kResult, kSmallNs);
  return count;
}

// New memory of four huge pages, which begins 16 bytes behind one's beginning, as glibc's does.
class NewMemory {
 public:
  NewMemory() {
    block_ = static_cast<uint8_t*>(
        ::mmap(nullptr, kWhole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    REQUIRE(block_ != MAP_FAILED);
    const size_t over = reinterpret_cast<uintptr_t>(block_) % HugePages::kSize;
    begin = block_ + (over == 0 ? 0 : HugePages::kSize - over) + kHeader;
  }
  ~NewMemory() { ::munmap(block_, kWhole); }
  NewMemory(const NewMemory&) = delete;
  NewMemory& operator=(const NewMemory&) = delete;

  uint8_t* end() const { return begin + 4 * HugePages::kSize - kHeader; }
  uint8_t* page(size_t i) const { return begin - kHeader + i * HugePages::kSize; }
  static bool is_mapped(uint8_t* page) {
    unsigned char there = 0;
    REQUIRE(::mincore(page, 1, &there) == 0);
    return (there & 1) != 0;
  }

  uint8_t* begin = nullptr;

 private:
  static constexpr size_t kHeader = 16;
  static constexpr size_t kWhole = 5 * HugePages::kSize;
  uint8_t* block_ = nullptr;
};

}  // namespace

TEST_CASE("huge pages: from kHugePagesFrom bytes on, and only for results that are new memory each time") {
  HugePages pages;
  for (int i = 0; i < 1000; i++) CHECK_FALSE(pages.pay(32 * kMebibyte - 1));
  use_many(pages);
  CHECK(pages.pay(32 * kMebibyte));
  CHECK_FALSE(pages.pay(32 * kMebibyte - 1));
}

TEST_CASE("huge pages: while none is slow every result has them") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 1000; i++) {
    CHECK(pages.pay(kResult));
    CHECK(pages.note_huge(kPageNs / 2));
  }
}

TEST_CASE("huge pages: slow ones may cost kHugePagesPurseNs, and beyond that what quick ones have saved") {
  HugePages pages;
  use_many(pages);
  const int in_advance = static_cast<int>(kHugePagesPurseNs) / kSlowNs;
  CHECK(spend(pages) == in_advance);
  CHECK_FALSE(pages.pay(kResult));
  HugePages others;
  use_many(others);
  for (int i = 0; i < in_advance / 2; i++) CHECK(others.note_huge(kSlowNs));
  for (int i = 0; i < 20; i++) CHECK(others.note_huge(kPageNs / 2));  // each saves half a millisecond
  CHECK(spend(others) == in_advance / 2 + 2);
}

TEST_CASE("huge pages: what quick ones save is not hoarded") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 100'000; i++) CHECK(pages.note_huge(kPageNs / 2));
  CHECK(spend(pages) == static_cast<int>(kHugePagesPurseNs) / kSlowNs);
}

TEST_CASE(
    "huge pages: spent, they are tried again once half of it has been earned, a quarter of the time of results "
    "without") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 3; i++) {
    spend(pages);
    // A quarter of 32 ms each is earned, until there are 250.
    CHECK(without(pages) == 32);
  }
}

TEST_CASE("huge pages: one is slow where reading as much with small ones takes less than twice as long") {
  HugePages pages;
  use_many(pages);
  int count = 1;
  for (; pages.note_huge(kPageNs / 2 + 1'000) && count < 10'000; count++) continue;
  CHECK(count == static_cast<int>(kHugePagesPurseNs) / (kPageNs / 2 + 1'000) + 1);
}

TEST_CASE("huge pages: however long the disk takes, one that takes milliseconds is slow") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 100; i++) pages.note_small(kResult, 100 * kSmallNs);
  CHECK(spend(pages) == static_cast<int>(kHugePagesPurseNs) / kSlowNs);
}

TEST_CASE("huge pages: each that begins in a part is found before it is read into, and no byte of it changes") {
  HugePages pages;
  const NewMemory memory;
  memory.page(2)[0] = 7;
  use_many(pages);
  CHECK(pages.find(memory.begin, memory.page(1), memory.end()));  // behind it the first one begins
  CHECK_FALSE(NewMemory::is_mapped(memory.page(1)));
  const int64_t begun_ns = sys::now_ns();
  const bool found = pages.find(memory.page(1), memory.page(3), memory.end());
  // A machine that stood still meanwhile has spent all there is.
  if (static_cast<double>(sys::now_ns() - begun_ns) >= kHugePagesPurseNs) return;
  CHECK(found);
  CHECK(NewMemory::is_mapped(memory.page(1)));
  CHECK(memory.page(2)[0] == 7);
  CHECK_FALSE(NewMemory::is_mapped(memory.page(3)));
  CHECK(pages.find(memory.page(3), memory.end(), memory.end() - 1));  // which does not lie before the end as a whole
  CHECK_FALSE(NewMemory::is_mapped(memory.page(3)));
}

TEST_CASE("huge pages: from where there is nothing left to be spent on, none is looked for") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 100; i++) pages.note_small(kResult, 1);  // from now on any is slow
  for (int i = 0; i < static_cast<int>(kHugePagesPurseNs) / kSlowNs - 1; i++) CHECK(pages.note_huge(kSlowNs));
  CHECK(pages.note_huge(kSlowNs - 1));
  const NewMemory memory;
  CHECK_FALSE(pages.find(memory.page(1), memory.end(), memory.end()));
  CHECK(NewMemory::is_mapped(memory.page(1)));
  CHECK_FALSE(NewMemory::is_mapped(memory.page(2)));
}
