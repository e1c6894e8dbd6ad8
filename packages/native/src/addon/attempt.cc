// Attempts made at once, in the call that asks for them: no record in a batch, no promise to settle, one native call.
#include <array>
#include <cstring>

#include "addon/decode.h"
#include "addon/environment.h"

namespace ringfs {

namespace {

// PATH_MAX of Linux: what is longer goes the ordinary way, and fails there.
constexpr size_t kPathMax = 4096;

bool take_text(napi_env env, napi_value text, std::string* out) {
  std::array<char, kPathMax + 4> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  size_t length = 0;
  if (napi_get_value_string_utf8(env, text, bytes.data(), bytes.size(), &length) != napi_ok) return false;
  if (length >= kPathMax) return false;
  out->assign(bytes.data(), length);
  return true;
}

bool take_bytes(napi_env env, napi_value view, std::string* out) {
  napi_typedarray_type type{};
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, view, &type, &length, &data, nullptr, nullptr) != napi_ok) return false;
  if (type != napi_uint8_array || length >= kPathMax) return false;
  out->assign(static_cast<const char*>(data), length);
  return true;
}

}  // namespace

bool Environment::decode_attempt(const int32_t* words, napi_value path, Job* job) {
  bool by_path = false;
  if (!decode_attempt_record(words, job, &by_path)) return false;
  if (!by_path) return true;
  return (take_text(env_, path, &job->path) || take_bytes(env_, path, &job->path)) && is_path(job->path);
}

napi_value Environment::attempt(napi_value path, napi_value view) {
  int32_t words[records::kRecordWords];
  int32_t* const record = record_words_ + records::kAttemptRecord * records::kRecordWords;
  std::memcpy(words, record, sizeof(words));
  record[records::kId] = static_cast<int32_t>(Engine::Attempt::kNotTried);
  if (closed()) return nullptr;
  const Busy here(busy());
  forget_missed();
  Job* job = engine_->take();
  attempt_view_ = view;
  attempt_object_ = nullptr;
  auto became = Engine::Attempt::kNotTried;
  if (decode_attempt(words, path, job)) became = engine_->attempt(job);
  record[records::kId] = static_cast<int32_t>(became);
  if (became == Engine::Attempt::kDone) {
    results_ = 0;
    finished(*job);
    results_ = 0;
  }
  if (became == Engine::Attempt::kMissed) {
    missed_ = job;
  } else {
    engine_->give_back(job);
  }
  attempt_view_ = nullptr;
  return became == Engine::Attempt::kDone ? attempt_object_ : nullptr;
}

void Environment::adopt(uint32_t id) {
  if (missed_ == nullptr || ending_ || id >= records::kMaxId || engine_->knows(id)) return;
  Job* job = missed_;
  missed_ = nullptr;
  job->id = id;
  engine_->adopt(job);
}

void Environment::forget_missed() {
  if (missed_ != nullptr) engine_->abandon(missed_);
  missed_ = nullptr;
}

}  // namespace ringfs
