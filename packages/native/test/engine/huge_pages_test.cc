// Huge pages for large results: from when on, and for how long not where they were slower than small ones.
#include "engine/huge_pages.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/limits.h"

using namespace ringfs;

namespace {

constexpr size_t kMebibyte = 1024 * 1024;
constexpr size_t kResult = 64 * kMebibyte;
constexpr int64_t kSmallNs = 30'000'000;  // what such a result takes with small pages

// As a process that has read so much that they are to be tried.
void use_many(HugePages& pages) {
  for (uint64_t used = 0; used < kHugePagesFrom; used += kResult) {
    CHECK_FALSE(pages.pay(kResult));
    pages.learn(false, kResult, kSmallNs);
  }
}

// The results that do without before one is given them again.
int without(HugePages& pages) {
  int count = 0;
  for (; !pages.pay(kResult) && count < 1000; count++) pages.learn(false, kResult, kSmallNs);
  return count;
}

}  // namespace

TEST_CASE("huge pages: from kHugePagesFrom bytes on, and only for results that are new memory each time") {
  HugePages pages;
  for (int i = 0; i < 1000; i++) CHECK_FALSE(pages.pay(32 * kMebibyte - 1));
  use_many(pages);
  CHECK(pages.pay(32 * kMebibyte));
  CHECK_FALSE(pages.pay(32 * kMebibyte - 1));
}

TEST_CASE("huge pages: while they are the quicker ones every result has them") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 100; i++) {
    CHECK(pages.pay(kResult));
    pages.learn(true, kResult, kSmallNs - 1);
  }
}

TEST_CASE("huge pages: slower than small ones, the next 1, 3, 7, up to 255 results do without") {
  HugePages pages;
  use_many(pages);
  CHECK(without(pages) == 0);
  std::vector<int> seen;
  for (int i = 0; i < 10; i++) {
    pages.learn(true, kResult, 2 * kSmallNs);
    seen.push_back(without(pages));
  }
  CHECK(seen == std::vector<int>{1, 3, 7, 15, 31, 63, 127, 255, 255, 255});
  pages.learn(true, kResult, kSmallNs / 4);
  CHECK(without(pages) == 0);
  pages.learn(true, kResult, 2 * kSmallNs);
  CHECK(without(pages) == 255);
}

TEST_CASE("huge pages: what small pages take is measured anew all the time") {
  HugePages pages;
  use_many(pages);
  for (int i = 0; i < 20; i++) pages.learn(false, kResult, 4 * kSmallNs);
  pages.learn(true, kResult, 3 * kSmallNs);
  CHECK(without(pages) == 0);
}

TEST_CASE("huge pages: they drag where a part has taken more than twice as long as with small ones") {
  HugePages pages;
  CHECK_FALSE(pages.drag(kResult, 1'000'000'000'000));  // nothing to compare with
  use_many(pages);
  CHECK_FALSE(pages.drag(kResult / 8, kSmallNs / 4 - 1'000));
  CHECK(pages.drag(kResult / 8, kSmallNs / 4 + 1'000));
}
