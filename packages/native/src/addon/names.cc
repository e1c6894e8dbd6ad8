#include "addon/names.h"

#include <array>
#include <cstring>

#include "ops/names.h"

namespace ringfs {

namespace {

// Names in one call of `collect`.
constexpr size_t kAtOnce = 64;

napi_status make_name(napi_env env, const Job& job, const Names& names, size_t i, napi_value* out) {
  const char* text = names.text(i);
  const size_t length = names.entry(i).length;
  if (!job.has(option::kUtf8 | option::kLatin1)) return napi_create_buffer_copy(env, length, text, nullptr, out);
  if (job.has(option::kLatin1) || is_ascii(text, length)) return napi_create_string_latin1(env, text, length, out);
  return napi_create_string_utf8(env, text, length, out);
}

bool collect_some(napi_env env, const Job& job, const Names& names, size_t first, napi_value list, napi_value collect) {
  std::array<napi_value, kAtOnce + 1> arguments{};
  arguments[0] = list;
  size_t count = 0;
  for (; count < kAtOnce && first + count < names.size(); count++) {
    if (make_name(env, job, names, first + count, &arguments[count + 1]) != napi_ok) return false;
  }
  napi_value receiver = nullptr;
  return napi_get_undefined(env, &receiver) == napi_ok &&
         napi_call_function(env, receiver, collect, count + 1, arguments.data(), nullptr) == napi_ok;
}

bool collect_all(napi_env env, const Job& job, const Names& names, napi_value found, const char* key,
                 napi_value collect) {
  napi_value list = nullptr;
  if (napi_get_named_property(env, found, key, &list) != napi_ok) return false;
  for (size_t first = 0; first < names.size(); first += kAtOnce) {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
    const bool done = collect_some(env, job, names, first, list, collect);
    napi_close_handle_scope(env, scope);
    if (!done) return false;
  }
  return true;
}

// `size` bytes as an ArrayBuffer under the key.
bool put_bytes(napi_env env, napi_value found, const char* key, size_t size, void** data) {
  napi_value buffer = nullptr;
  return napi_create_arraybuffer(env, size, data, &buffer) == napi_ok &&
         napi_set_named_property(env, found, key, buffer) == napi_ok;
}

bool put_kinds(napi_env env, const Names& names, napi_value found) {
  void* data = nullptr;
  if (!put_bytes(env, found, "kinds", names.size(), &data)) return false;
  auto* kinds = static_cast<uint8_t*>(data);
  for (size_t i = 0; i < names.size(); i++) kinds[i] = names.entry(i).kind;
  return true;
}

bool put_counts(napi_env env, const std::vector<uint32_t>& counts, napi_value found) {
  void* data = nullptr;
  const size_t size = counts.size() * sizeof(uint32_t);
  if (!put_bytes(env, found, "counts", size, &data)) return false;
  if (size > 0) std::memcpy(data, counts.data(), size);
  return true;
}

}  // namespace

bool put_names(napi_env env, const Job& job, napi_value found, napi_value collect) {
  const auto& listing = static_cast<const Listing&>(*job.state);
  if (!collect_all(env, job, listing.names, found, "names", collect)) return false;
  if (!listing.kinds) return true;
  if (!put_kinds(env, listing.names, found)) return false;
  if (listing.counts.empty()) return true;
  return collect_all(env, job, listing.folders, found, "folders", collect) && put_counts(env, listing.counts, found);
}

}  // namespace ringfs
