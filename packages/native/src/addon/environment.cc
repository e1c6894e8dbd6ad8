#include "addon/environment.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "addon/decode.h"
#include "addon/names.h"
#include "engine/limits.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// An ArrayBuffer that lives as long as the environment; its memory is never handed to the kernel.
bool make_shared(napi_env env, size_t size, napi_ref* ref, void** data) {
  napi_value buffer = nullptr;
  return napi_create_arraybuffer(env, size, data, &buffer) == napi_ok &&
         napi_create_reference(env, buffer, 1, ref) == napi_ok;
}

// V8 ends the process where it finds no memory for a Buffer; Node's own fs rejects. So large ones are asked for first.
bool memory_for(size_t size) {
  constexpr size_t kLarge = 16 * 1024 * 1024;
  if (size < kLarge) return true;
  void* volatile memory = std::malloc(size);  // or a compiler may leave both calls out
  std::free(memory);
  return memory != nullptr;
}

// A failure that Node-API notes as an exception must not meet the next call into JavaScript: the batch goes on.
void clear_exception(napi_env env) {
  napi_value error = nullptr;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) napi_get_and_clear_last_exception(env, &error);
}

}  // namespace

Environment* Environment::create(napi_env env, const Policy& policy, napi_value objects, napi_value on_drain,
                                 napi_value collect, Environment** face) {
  auto* self = new Environment(env);
  self->face_ = face;
  if (self->set_up(policy, objects, on_drain, collect)) return self;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending)
    napi_throw_error(env, "ERR_RINGFS_START",
                     "ringfs: the runtime could not be started: no descriptor or no memory left");
  self->face_ = nullptr;  // it goes with the exception, and the end comes later
  self->end();
  return nullptr;
}

bool Environment::set_up(const Policy& policy, napi_value objects, napi_value on_drain, napi_value collect) {
  void* words = nullptr;
  void* paths = nullptr;
  void* results = nullptr;
  void* values = nullptr;
  void* stats = nullptr;
  const bool memory =
      make_shared(env_, (records::kMaxRecords + 1) * records::kRecordWords * sizeof(int32_t), &records_ref_, &words) &&
      make_shared(env_, records::kPathBytes, &paths_ref_, &paths) &&
      make_shared(env_, records::kMaxResults * records::kResultWords * sizeof(int32_t), &results_ref_, &results) &&
      make_shared(env_, records::kMaxResults * sizeof(double), &values_ref_, &values) &&
      make_shared(env_, records::kMaxResults * records::kStatFields * sizeof(double), &stats_ref_, &stats);
  if (!memory) return false;
  record_words_ = static_cast<int32_t*>(words);
  path_bytes_ = static_cast<uint8_t*>(paths);
  result_words_ = static_cast<int32_t*>(results);
  result_values_ = static_cast<double*>(values);
  stat_bytes_ = static_cast<uint8_t*>(stats);

  napi_value name = nullptr;
  if (napi_create_reference(env_, objects, 0, &objects_ref_) != napi_ok ||
      napi_create_reference(env_, on_drain, 0, &on_drain_ref_) != napi_ok ||
      napi_create_reference(env_, collect, 0, &collect_ref_) != napi_ok ||
      napi_create_string_utf8(env_, "ringfs", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env_, nullptr, name, &context_) != napi_ok) {
    return false;
  }
  engine_ = std::make_unique<Engine>(*this, policy, probe_kernel());
  uv_loop_t* loop = nullptr;
  if (!engine_->ok() || napi_get_uv_event_loop(env_, &loop) != napi_ok) return false;
  LoopNotifier::Callbacks callbacks;
  callbacks.arrived = [this] { on_arrived(); };
  callbacks.new_iteration = [this] { before_poll(); };
  callbacks.idle = [this] { on_idle(); };
  if (!notifier_.start(loop, engine_->notifier_fd(), std::move(callbacks))) return false;
  return napi_add_async_cleanup_hook(env_, &Environment::on_cleanup, this, &hook_) == napi_ok;
}

napi_value Environment::value_of(napi_ref ref) const {
  napi_value value = nullptr;
  napi_get_reference_value(env_, ref, &value);
  return value;
}

// ---- in ------------------------------------------------------------------------------------------------------

uint32_t Environment::submit(uint32_t count) {
  if (closed()) return 0;
  const Busy here(busy());
  if (count > records::kMaxRecords) count = records::kMaxRecords;
  objects_now_ = value_of(objects_ref_);
  results_ = 0;
  engine_->begin_batch();
  for (uint32_t i = 0; i < count; i++) {
    // Copied first, checked after: JavaScript may scribble on the memory it shares.
    int32_t words[records::kRecordWords];
    std::memcpy(words, record_words_ + i * records::kRecordWords, sizeof(words));
    Job* job = engine_->take();
    if (decode(words, job)) {
      engine_->accept(job);
    } else {
      engine_->give_back(job);
      note(static_cast<uint32_t>(words[records::kId]), kErrorBadRecord, Call::kNone, Lane::kNone, 0);
    }
  }
  engine_->end_batch();
  update_loop();
  objects_now_ = nullptr;
  return results_;
}

std::string Environment::sample_path() {
  sample_path_ = "/proc/" + std::to_string(::getpid()) + "/task/" + std::to_string(::syscall(SYS_gettid)) + "/comm";
  return sample_path_;
}

// Node loses the descriptor of an open that ends after JavaScript has; this one can be told by its path.
void Environment::close_sample() {
  if (sample_path_.empty()) return;
  DIR* descriptors = ::opendir("/proc/self/fd");
  if (descriptors == nullptr) return;
  while (const dirent* entry = ::readdir(descriptors)) {
    std::array<char, 128> target{};
    const ssize_t n = ::readlinkat(::dirfd(descriptors), entry->d_name, target.data(), target.size());
    if (n > 0 && sample_path_ == std::string_view(target.data(), static_cast<size_t>(n))) {
      sys::close(std::atoi(entry->d_name));
    }
  }
  ::closedir(descriptors);
}

void Environment::set_handle_class(napi_value inner) {
  if (handle_class_ref_ != nullptr) napi_delete_reference(env_, handle_class_ref_);
  handle_class_ref_ = nullptr;
  napi_create_reference(env_, inner, alive_ ? 1 : 0, &handle_class_ref_);
}

uint32_t Environment::close_handle(uint32_t id, int fd, uint32_t options, napi_value inner, napi_value release) {
  if (closed() || id >= records::kMaxId || engine_->knows(id) || fd < 0) return 0;
  if (napi_call_function(env_, inner, release, 0, nullptr, nullptr) != napi_ok) return 0;
  const Busy here(busy());
  objects_now_ = value_of(objects_ref_);
  results_ = 0;
  engine_->begin_batch();
  Job* job = engine_->take();
  job->id = id;
  job->op = Op::kClose;
  job->fd = fd;
  job->options = option::kOnHandle | (options & option::kPlainFile);
  engine_->accept(job);
  engine_->end_batch();
  update_loop();
  objects_now_ = nullptr;
  return results_;
}

bool Environment::decode(const int32_t* words, Job* job) {
  // An id of its own: the table of objects holds one view or result for each.
  return decode_record(words, path_bytes_, job) && !engine_->knows(job->id) && take_folder(job);
}

// Of an op on an open folder: the folder itself, which its job keeps open. A close takes it away from JavaScript.
bool Environment::take_folder(Job* job) {
  const bool on_folder = job->has(option::kFolder);
  if (!on_folder) return job->op != Op::kReadFolder;
  const auto found = folders_.find(job->fd);
  if (found == folders_.end() || (job->op != Op::kReadFolder && job->op != Op::kClose)) return false;
  job->folder = found->second;
  job->fd = -1;
  if (job->op == Op::kClose) folders_.erase(found);
  return true;
}

int Environment::read_folder(int32_t folder, uint64_t count, uint32_t options, napi_value found) {
  const auto open = folders_.find(folder);
  if (ending_ || open == folders_.end()) return EBADF;
  Job* job = engine_->take();
  job->op = Op::kReadFolder;
  job->folder = open->second;
  job->length = count;
  job->options = options & (option::kUtf8 | option::kLatin1);
  while (table_of(job->op).on_pool(*job) != Step::kDone) continue;
  if (job->error == 0 && !put_names(env_, *job, found, value_of(collect_ref_))) {
    clear_exception(env_);
    job->fail(ECANCELED, Call::kReaddir);
  }
  const int error = job->error;
  engine_->give_back(job);
  return error;
}

// ---- Host ----------------------------------------------------------------------------------------------------

UserView Environment::user_view(const Job& job) {
  UserView view;
  napi_value value = nullptr;
  bool is_view = false;
  const bool found = job.id == records::kMaxId ? (value = attempt_view_) != nullptr
                                               : napi_get_element(env_, objects_now_, job.id, &value) == napi_ok;
  if (!found || napi_is_typedarray(env_, value, &is_view) != napi_ok || !is_view) {
    return view;
  }
  napi_typedarray_type type{};
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array || length <= job.view_offset) {
    return view;
  }
  view.data = static_cast<uint8_t*>(data) + job.view_offset;
  view.size = length - job.view_offset;
  return view;
}

uint8_t* Environment::make_target(const Job& job, size_t size) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (!memory_for(size)) return nullptr;
  if (napi_create_buffer(env_, size, &data, &buffer) != napi_ok || !put_object(job, buffer)) {
    clear_exception(env_);
    return nullptr;
  }
  return static_cast<uint8_t*>(data);
}

void Environment::keep_target(const Job& job) {
  napi_value buffer = nullptr;
  napi_ref kept = nullptr;  // never given back
  if (napi_get_element(env_, objects_now_, job.id, &buffer) == napi_ok) napi_create_reference(env_, buffer, 1, &kept);
}

void Environment::note(uint32_t id, int error, Call call, Lane lane, int64_t value) {
  int32_t* words = result_words_ + size_t{results_} * records::kResultWords;
  words[records::kResultId] = static_cast<int32_t>(id);
  words[records::kResultError] = error;
  words[records::kResultCall] = static_cast<int32_t>(call);
  words[records::kResultLane] = static_cast<int32_t>(lane);
  result_values_[results_] = static_cast<double>(value);
  results_ += 1;
}

void Environment::finished(Job& job) {
  if (job.error == 0 && job.op == Op::kReadFile) note_file(job);
  if (job.error == 0 && job.op == Op::kStat) note_stat(job);
  if (job.error == 0 && (job.op == Op::kReaddir || job.op == Op::kReadFolder)) note_names(job);
  if (job.error == 0 && job.op == Op::kOpendir) note_folder(job);
  if (job.error == 0 && job.op == Op::kStatfs) note_statfs(job);
  if (!job.text.empty()) note_text(job);
  if (job.error == 0 && job.has(option::kWrap)) note_handle(job);
  const size_t index = results_;
  note(job.id, job.error, job.call, job.lane, job.value);
  if (job.op == Op::kOpen && engine_->is_plain(job)) {
    result_words_[index * records::kResultWords + records::kResultLane] |= records::kOpenedPlain;
  }
}

bool Environment::put_object(const Job& job, napi_value value) {
  if (job.id != records::kMaxId) return napi_set_element(env_, objects_now_, job.id, value) == napi_ok;
  attempt_object_ = value;
  return true;
}

void Environment::note_file(Job& job) {
  const bool text = job.has(option::kUtf8 | option::kLatin1) && job.done <= kCachedBytesMax;
  const uint8_t* bytes = job.target != nullptr ? job.target : job.memory.data();
  napi_value value = nullptr;
  napi_status status = napi_ok;
  if (text) {
    const auto* chars = reinterpret_cast<const char*>(bytes);
    status = job.has(option::kUtf8) ? napi_create_string_utf8(env_, chars, job.done, &value)
                                    : napi_create_string_latin1(env_, chars, job.done, &value);
  } else if (job.target != nullptr && job.done == job.length) {
    return;  // the Buffer stands in the table already
  } else {
    status =
        memory_for(job.done) ? napi_create_buffer_copy(env_, job.done, bytes, nullptr, &value) : napi_generic_failure;
  }
  if (status != napi_ok || !put_object(job, value)) {
    clear_exception(env_);
    job.fail(ENOMEM, Call::kRead);
  }
}

// A name; of an op that failed the one it failed with, which errors show as UTF-8.
void Environment::note_text(Job& job) {
  napi_value value = nullptr;
  napi_status status = napi_ok;
  const std::string& text = job.text;
  if (job.has(option::kUtf8) || job.error != 0) {
    status = napi_create_string_utf8(env_, text.data(), text.size(), &value);
  } else if (job.has(option::kLatin1)) {
    status = napi_create_string_latin1(env_, text.data(), text.size(), &value);
  } else {
    status = napi_create_buffer_copy(env_, text.size(), text.data(), nullptr, &value);
  }
  if (status != napi_ok || !put_object(job, value)) {
    clear_exception(env_);
    job.fail(ENOMEM, Call::kNone);
  }
}

void Environment::note_statfs(const Job& job) {
  uint8_t* out = stat_bytes_ + size_t{results_} * records::kStatFields * sizeof(double);
  if (job.has(option::kBigint)) {
    std::memcpy(out, job.statfs.data(), sizeof(job.statfs));
    return;
  }
  std::array<double, std::tuple_size_v<decltype(job.statfs)>> numbers{};
  for (size_t i = 0; i < numbers.size(); i++) numbers[i] = static_cast<double>(job.statfs[i]);
  std::memcpy(out, numbers.data(), sizeof(numbers));
}

void Environment::note_handle(Job& job) {
  napi_value fd = nullptr;
  napi_value handle = nullptr;
  const bool made = handle_class_ref_ != nullptr && napi_create_int32(env_, job.fd, &fd) == napi_ok &&
                    napi_new_instance(env_, value_of(handle_class_ref_), 1, &fd, &handle) == napi_ok;
  if (!made) {
    clear_exception(env_);
    sys::close(job.fd);
    job.fail(ECANCELED, Call::kOpen);
    return;
  }
  // From here on Node's handle owns the descriptor, whatever becomes of the rest.
  if (!put_object(job, handle)) clear_exception(env_);
}

void Environment::note_folder(Job& job) {
  // A number that comes round again may still be taken.
  while (folders_.count(next_folder_) != 0) next_folder_ = (next_folder_ + 1) & INT32_MAX;
  job.value = next_folder_;
  folders_.emplace(next_folder_, std::move(job.folder));
  next_folder_ = (next_folder_ + 1) & INT32_MAX;
}

void Environment::note_stat(const Job& job) {
  const struct statx& s = job.stx;
  const auto seconds = [](const statx_timestamp& t) { return static_cast<int64_t>(t.tv_sec); };
  const auto nanos = [](const statx_timestamp& t) { return static_cast<int64_t>(t.tv_nsec); };
  // In the order of fs.Stats; the times as seconds and nanoseconds.
  const int64_t fields[records::kStatFields] = {
      static_cast<int64_t>(makedev(s.stx_dev_major, s.stx_dev_minor)),
      s.stx_mode,
      s.stx_nlink,
      s.stx_uid,
      s.stx_gid,
      static_cast<int64_t>(makedev(s.stx_rdev_major, s.stx_rdev_minor)),
      s.stx_blksize,
      static_cast<int64_t>(s.stx_ino),
      static_cast<int64_t>(s.stx_size),
      static_cast<int64_t>(s.stx_blocks),
      seconds(s.stx_atime),
      nanos(s.stx_atime),
      seconds(s.stx_mtime),
      nanos(s.stx_mtime),
      seconds(s.stx_ctime),
      nanos(s.stx_ctime),
      seconds(s.stx_btime),
      nanos(s.stx_btime),
  };
  uint8_t* out = stat_bytes_ + size_t{results_} * sizeof(fields);
  if (job.has(option::kBigint)) {
    std::memcpy(out, fields, sizeof(fields));
    return;
  }
  double numbers[records::kStatFields];
  for (size_t i = 0; i < records::kStatFields; i++) {
    // Node's numbers are those of unsigned 64-bit fields for all but the times.
    numbers[i] = i < 10 ? static_cast<double>(static_cast<uint64_t>(fields[i])) : static_cast<double>(fields[i]);
  }
  std::memcpy(out, numbers, sizeof(numbers));
}

void Environment::note_names(Job& job) {
  napi_value found = nullptr;
  if (napi_get_element(env_, objects_now_, job.id, &found) == napi_ok &&
      put_names(env_, job, found, value_of(collect_ref_))) {
    return;
  }
  clear_exception(env_);
  job.fail(ECANCELED, Call::kScandir);
}

// ---- out -----------------------------------------------------------------------------------------------------

void Environment::on_arrived() {
  const int64_t ends_ns = sys::now_ns() + kLoopBudgetNs;
  while (!closed() && settle([this] { return engine_->drain(); })) {
    if (closed() || sys::now_ns() < ends_ns) continue;
    engine_->drain_later();
    return;
  }
}

// JavaScript is told of the results that `work` notes. Returns what `work` does.
template <typename Work>
bool Environment::settle(Work work) {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  objects_now_ = value_of(objects_ref_);
  results_ = 0;
  bool more = false;
  {
    const Busy here(busy());
    more = work();
  }
  objects_now_ = nullptr;
  tell_javascript();
  napi_close_handle_scope(env_, scope);
  return more;
}

// The loop is about to sleep until something happens.
void Environment::before_poll() {
  if (closed()) return;
  // An iteration that began with idle work has had its grant of time already.
  if (!idled_) engine_->new_iteration();
  idled_ = false;
  const int64_t ends_ns = sys::now_ns() + kLookEachIterationNs;
  while (engine_->look_for_results()) {
    on_arrived();
    if (closed()) return;
    if (sys::now_ns() > ends_ns) break;
  }
  // Sockets and timers have their turn, and then it goes on.
  notifier_.want_iterations(engine_->wants_iteration() || engine_->may_look());
}

void Environment::on_idle() {
  if (closed()) return;
  engine_->new_iteration();
  idled_ = true;
  settle([this] {
    engine_->pump();
    return false;
  });
}

// One call that settles the whole batch. Promise reactions and ticks run at its end, and may submit again.
void Environment::tell_javascript() {
  const uint32_t count = results_;
  results_ = 0;
  update_loop();
  if (count == 0) return;
  napi_value argument = nullptr;
  napi_value receiver = nullptr;
  napi_value on_drain = value_of(on_drain_ref_);
  napi_create_uint32(env_, count, &argument);
  napi_get_global(env_, &receiver);
  const napi_status status = napi_make_callback(env_, context_, receiver, on_drain, 1, &argument, nullptr);
  // An exception here comes from user code that a settled promise set off; it goes where Node sends those of its own
  // callbacks. While the environment is being terminated there is nothing to report.
  if (status == napi_pending_exception) {
    napi_value error = nullptr;
    if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
  }
}

void Environment::update_loop() {
  const bool alive = engine_->in_flight() > 0;
  if (alive != alive_) {
    alive_ = alive;
    notifier_.keep_alive(alive);
    const auto hold = alive ? &napi_reference_ref : &napi_reference_unref;
    hold(env_, objects_ref_, nullptr);
    hold(env_, on_drain_ref_, nullptr);
    hold(env_, collect_ref_, nullptr);
    if (handle_class_ref_ != nullptr) hold(env_, handle_class_ref_, nullptr);
  }
  notifier_.want_iterations(engine_->wants_iteration());
}

// ---- end -----------------------------------------------------------------------------------------------------

void Environment::release() {
  face_ = nullptr;
  if (!ending_) end();
}

void Environment::on_cleanup(napi_async_cleanup_hook_handle, void* self) {
  auto* environment = static_cast<Environment*>(self);
  if (!environment->ending_) environment->end();
}

void Environment::end() {
  ending_ = true;
  forget_missed();
  const bool ended = engine_ == nullptr || engine_->stop();
  folders_.clear();
  notifier_.close([this, ended] {
    for (napi_ref ref : {objects_ref_, on_drain_ref_, collect_ref_, handle_class_ref_, records_ref_, paths_ref_,
                         results_ref_, values_ref_, stats_ref_}) {
      if (ref != nullptr) napi_delete_reference(env_, ref);
    }
    if (context_ != nullptr) napi_async_destroy(env_, context_);
    const napi_async_cleanup_hook_handle hook = hook_;
    // A thread that could not be ended still uses the engine: leaving it behind, with its memory, is the only safe
    // thing to do.
    close_sample();
    if (face_ != nullptr) *face_ = nullptr;
    if (ended) {
      delete this;
    } else {
      engine_.release();
    }
    if (hook != nullptr) napi_remove_async_cleanup_hook(hook);
  });
}

}  // namespace ringfs
