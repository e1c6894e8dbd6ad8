// Whatever stands in a record: decoding it reads no byte beyond the record and the paths' area (ASAN looks), computes
// nothing undefined (UBSAN), and a job that it lets through holds only what the ops may rely on (checked here).
//
// An input is a record of 16 words, and bytes that are laid at both ends of the paths' area.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "addon/decode.h"
#include "engine/limits.h"

using namespace ringfs;

namespace {

constexpr double kMostWhole = 9007199254740992.0;  // 2^53

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "a record was let through with %s\n", what);
  std::abort();
}

void look_at_what_moves(const Job& job) {
  must(job.position >= -1 && job.position <= static_cast<int64_t>(kMostWhole), "a position beyond 2^53");
  must(job.length <= static_cast<uint64_t>(kMostWhole), "a length beyond 2^53");
  must(job.view_offset <= static_cast<uint64_t>(kMostWhole), "a view offset beyond 2^53");
}

void look_at_any(const Job& job) {
  must(job.op < Op::kCount, "an op beyond the last");
  must((job.options & ~option::kFromJavaScript) == 0, "an option that is the engine's own");
}

void look_at_record(const Job& job) {
  look_at_any(job);
  must(job.id < records::kMaxId, "an id beyond the table");
  must((job.fd < 0) != job.has(option::kOnHandle), "both a descriptor and a path, or neither");
  must(job.path.size() + job.path2.size() <= records::kPathBytes, "paths longer than their area");
  must(is_path(job.path) && is_path(job.path2), "a NUL in a path");
  if (job.op == Op::kUtimes) {
    must(std::fabs(job.atime) <= kMostWhole && std::fabs(job.mtime) <= kMostWhole, "a time that is none");
  } else {
    look_at_what_moves(job);
  }
}

// On the heap and of the size that the environment gives it, so that ASAN sees the first byte too many.
uint8_t* paths() {
  static const auto area = std::make_unique<uint8_t[]>(records::kPathBytes);
  return area.get();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kRecordBytes = records::kRecordWords * sizeof(int32_t);
  const auto words = std::make_unique<int32_t[]>(records::kRecordWords);
  std::memcpy(words.get(), data, std::min(size, kRecordBytes));
  const size_t rest = std::min(size - std::min(size, kRecordBytes), records::kPathBytes / 2);
  uint8_t* const area = paths();
  uint8_t* const end = area + records::kPathBytes - rest;
  std::memcpy(area, data + (size - rest), rest);
  std::memcpy(end, data + (size - rest), rest);

  Job job;
  if (decode_record(words.get(), area, &job)) look_at_record(job);

  Job attempted;
  bool by_path = false;
  if (decode_attempt_record(words.get(), &attempted, &by_path)) {
    look_at_any(attempted);
    must(attempted.id == records::kMaxId, "an id that another op may have");
    must(!attempted.has(option::kFolder), "a folder");
    must(by_path != attempted.has(option::kOnHandle), "both a descriptor and a path, or neither");
    if (!by_path) {
      must(attempted.fd >= 0, "no descriptor");
      look_at_what_moves(attempted);
    }
  }
  // What no input has written reads as before.
  std::memset(area, 0, rest);
  std::memset(end, 0, rest);
  return 0;
}
