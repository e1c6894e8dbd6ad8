// All state of one runtime in one Node environment (main thread or worker). There is no other state: no statics.
//
// Life: made at the first op; ended by the environment's clean-up hook, or when its JavaScript face is collected.
// Tear-down: no more JavaScript -> engine.stop() (cancel, wait for every cqe, join) -> close the loop's handles ->
// free. process.exit() and an uncaught throw run none of this: the threads bear sudden death, since they touch
// nothing that a static destructor could take away.
#pragma once

#include <node_api.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "addon/loop_notifier.h"
#include "addon/records.h"
#include "engine/engine.h"

namespace ringfs {

class Environment final : public Host {
 public:
  // Null with a pending exception if something was refused. `face` is set to null when the environment is gone.
  static Environment* create(napi_env env, const Policy& policy, napi_value objects, napi_value on_drain,
                             napi_value collect, Environment** face);

  // The memory shared with JavaScript, as ArrayBuffers.
  napi_value records_buffer() const { return value_of(records_ref_); }
  napi_value paths_buffer() const { return value_of(paths_ref_); }
  napi_value results_buffer() const { return value_of(results_ref_); }
  napi_value values_buffer() const { return value_of(values_ref_); }
  napi_value stats_buffer() const { return value_of(stats_ref_); }

  // Takes the first `count` records. Returns how many outcomes are noted already.
  uint32_t submit(uint32_t count);
  // One attempt at the op of the attempt's record, at once: returns its object, if it has one. The record's id then
  // holds an Engine::Attempt; the outcome of a done one stands first among the results.
  napi_value attempt(napi_value path, napi_value view);
  // Takes in the op that the last attempt has missed, as op `id`; it goes with the next batch.
  void adopt(uint32_t id);
  // See native/src/index.ts.
  std::string sample_path();
  void sample_path_done() { sample_path_.clear(); }
  // Node's inner handles: made here, so that a descriptor never waits for JavaScript to own it.
  void set_handle_class(napi_value inner);
  // Takes the descriptor out of an inner handle (`release` is its method) and closes it as op `id`.
  uint32_t close_handle(uint32_t id, int fd, uint32_t options, napi_value inner, napi_value release);
  // For Node's synchronous calls, in this call: the next names of a folder as readFolder brings them, or an errno.
  int read_folder(int32_t folder, uint64_t count, uint32_t options, napi_value found);
  void close_folder(int32_t folder) { folders_.erase(folder); }
  void cancel(uint32_t id) { engine_->cancel(id); }
  const Engine& engine() const { return *engine_; }

  // The JavaScript face was collected, which happens only with nothing in flight: the end.
  void release();

 private:
  explicit Environment(napi_env env) : env_(env) {}
  ~Environment() override = default;

  // Host
  UserView user_view(const Job& job) override;
  uint8_t* make_target(const Job& job, size_t size) override;
  void finished(Job& job) override;
  void keep_target(const Job& job) override;
  size_t room() const override { return records::kMaxResults - results_; }

  // User code can run while results are made, and must find no way back in: the results would be overwritten.
  class Busy {
   public:
    explicit Busy(int32_t& word) : word_(word) { word_ = 1; }
    ~Busy() { word_ = 0; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    int32_t& word_;
  };
  int32_t& busy() { return record_words_[records::kBusyAt]; }
  bool closed() { return ending_ || busy() != 0; }

  bool set_up(const Policy& policy, napi_value objects, napi_value on_drain, napi_value collect);
  napi_value value_of(napi_ref ref) const;
  bool decode(const int32_t* words, Job* job);
  bool take_folder(Job* job);
  void note(uint32_t id, int error, Call call, Lane lane, int64_t value);
  void note_file(Job& job);
  void note_text(Job& job);
  void note_stat(const Job& job);
  void note_names(Job& job);
  void note_statfs(const Job& job);
  void note_handle(Job& job);
  void note_folder(Job& job);
  bool put_object(const Job& job, napi_value value);
  bool decode_attempt(const int32_t* words, napi_value path, Job* job);
  void forget_missed();
  template <typename Work>
  bool settle(Work work);
  void on_arrived();
  void on_idle();
  void before_poll();
  void tell_javascript();
  void update_loop();
  void end();
  void close_sample();
  static void on_cleanup(napi_async_cleanup_hook_handle handle, void* self);

  napi_env env_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  napi_async_context context_ = nullptr;
  // Weak while nothing is in flight, so that a runtime nobody can reach any more is collected and its threads end.
  napi_ref objects_ref_ = nullptr;  // op id -> the user's view, then the result
  napi_ref on_drain_ref_ = nullptr;
  napi_ref collect_ref_ = nullptr;  // appends names to a list
  napi_ref handle_class_ref_ = nullptr;
  napi_ref records_ref_ = nullptr;
  napi_ref paths_ref_ = nullptr;
  napi_ref results_ref_ = nullptr;
  napi_ref values_ref_ = nullptr;
  napi_ref stats_ref_ = nullptr;

  int32_t* record_words_ = nullptr;
  uint8_t* path_bytes_ = nullptr;
  int32_t* result_words_ = nullptr;
  double* result_values_ = nullptr;
  uint8_t* stat_bytes_ = nullptr;
  uint32_t results_ = 0;

  bool alive_ = false;
  Environment** face_ = nullptr;
  std::string sample_path_;
  Job* missed_ = nullptr;              // waits for adopt()
  napi_value attempt_view_ = nullptr;  // these two are valid while attempt() lasts
  napi_value attempt_object_ = nullptr;
  // Folders that JavaScript has open, by the number it knows them by: no descriptor ever waits for JavaScript.
  std::unordered_map<int32_t, std::shared_ptr<Directory>> folders_;
  int32_t next_folder_ = 0;
  bool idled_ = false;  // in this iteration of the loop
  bool ending_ = false;
  napi_value objects_now_ = nullptr;  // valid while one call into the addon lasts

  // Last in, first out: the loop lets go of the notifier before the engine's eventfd is closed.
  std::unique_ptr<Engine> engine_;
  LoopNotifier notifier_;
};

}  // namespace ringfs
