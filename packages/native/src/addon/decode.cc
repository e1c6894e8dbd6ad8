#include "addon/decode.h"

#include <cmath>
#include <cstring>
#include <string>

#include "engine/limits.h"
#include "ops/op.h"

namespace ringfs {

namespace {

constexpr double kMostWhole = 9007199254740992.0;  // 2^53: up to there a double holds every whole number

double float_at(const int32_t* words, size_t word) {
  double value = 0;
  std::memcpy(&value, words + word, sizeof(value));
  return value;
}

// A whole number that a double holds exactly, or -1 for anything else.
int64_t whole(double value) {
  if (!(value >= 0 && value <= kMostWhole)) return -1;
  return static_cast<int64_t>(value);
}

// The bytes that an op moves, and where. False: no such numbers.
bool take_extent(const int32_t* words, Job* job) {
  const double position = float_at(words, records::kPosition);
  job->position = position < 0 ? -1 : whole(position);
  const int64_t length = whole(float_at(words, records::kLength));
  const int64_t view_offset = whole(float_at(words, records::kViewOffset));
  if (length < 0 || view_offset < 0 || (!(position < 0) && job->position < 0)) return false;
  job->length = static_cast<uint64_t>(length);
  job->view_offset = static_cast<uint64_t>(view_offset);
  return true;
}

// The two times of utimes, in seconds. False: no such numbers.
bool take_times(const int32_t* words, Job* job) {
  job->atime = float_at(words, records::kAtime);
  job->mtime = float_at(words, records::kMtime);
  return std::fabs(job->atime) <= kMostWhole && std::fabs(job->mtime) <= kMostWhole;
}

bool take_path(const uint8_t* paths, uint32_t offset, uint32_t length, std::string* out) {
  if (offset > records::kPathBytes || length > records::kPathBytes - offset) return false;
  out->assign(reinterpret_cast<const char*>(paths + offset), length);
  return is_path(*out);
}

bool take_op(const int32_t* words, Job* job) {
  const auto op = static_cast<uint32_t>(words[records::kOp]);
  if (op >= static_cast<uint32_t>(Op::kCount)) return false;
  job->op = static_cast<Op>(op);
  job->flags = words[records::kFlags];
  job->mode = static_cast<uint32_t>(words[records::kMode]);
  job->options = static_cast<uint32_t>(words[records::kOptions]) & option::kFromJavaScript;
  return true;
}

}  // namespace

bool is_path(const std::string& text) { return text.find('\0') == std::string::npos; }

bool decode_record(const int32_t* words, const uint8_t* paths, Job* job) {
  const auto id = static_cast<uint32_t>(words[records::kId]);
  if (id >= records::kMaxId || !take_op(words, job)) return false;
  job->id = id;
  job->fd = words[records::kFd];
  const bool numbers = job->op == Op::kUtimes ? take_times(words, job) : take_extent(words, job);
  if (!numbers) return false;
  const auto offset = static_cast<uint32_t>(words[records::kPathOffset]);
  const auto first = static_cast<uint32_t>(words[records::kPathLength]);
  const auto second = static_cast<uint32_t>(words[records::kPath2Length]);
  if (!take_path(paths, offset, first, &job->path)) return false;
  if (second > 0 && !take_path(paths, offset + first, second, &job->path2)) return false;
  // An op works on a descriptor or on a path, never on both.
  const bool by_path = job->fd < 0;
  return by_path != job->has(option::kOnHandle);
}

bool decode_attempt_record(const int32_t* words, Job* job, bool* by_path) {
  if (!take_op(words, job)) return false;
  job->id = records::kMaxId;  // no op in flight has it
  if (job->has(option::kFolder)) return false;
  *by_path = !job->has(option::kOnHandle);
  if (*by_path) return true;
  job->fd = words[records::kFd];
  return take_extent(words, job) && job->fd >= 0;
}

}  // namespace ringfs
