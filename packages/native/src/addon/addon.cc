// The exports of the addon, nothing else.
#include <napi.h>

#include "addon/environment.h"
#include "engine/kernel.h"
#include "engine/positions.h"

namespace {

using ringfs::Environment;

// The JavaScript face of an Environment.
class Runtime : public Napi::ObjectWrap<Runtime> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Runtime",
                       {
                           InstanceMethod<&Runtime::submit>("submit"),
                           InstanceMethod<&Runtime::attempt>("attempt"),
                           InstanceMethod<&Runtime::adopt>("adopt"),
                           InstanceMethod<&Runtime::cancel>("cancel"),
                           InstanceMethod<&Runtime::sample_path>("samplePath"),
                           InstanceMethod<&Runtime::sample_path_done>("samplePathDone"),
                           InstanceMethod<&Runtime::has_position>("hasPosition"),
                           InstanceMethod<&Runtime::set_handle_class>("setHandleClass"),
                           InstanceMethod<&Runtime::close_handle>("closeHandle"),
                           InstanceMethod<&Runtime::read_folder>("readFolder"),
                           InstanceMethod<&Runtime::close_folder>("closeFolder"),
                           InstanceMethod<&Runtime::counters>("counters"),
                           InstanceAccessor<&Runtime::memory>("memory"),
                       });
  }

  // new Runtime(useRing, prefer, objects, onDrain, collect)
  explicit Runtime(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    ringfs::Policy policy;
    napi_get_value_bool(info.Env(), info[0], &policy.use_ring);
    uint32_t prefer = 0;
    napi_get_value_uint32(info.Env(), info[1], &prefer);
    policy.prefer = static_cast<ringfs::Policy::Prefer>(prefer);
    environment_ = Environment::create(info.Env(), policy, info[2], info[3], info[4], &environment_);
  }

  ~Runtime() override = default;

  void Finalize(Napi::BasicEnv) override {
    // Null where the environment's own clean-up hook came first.
    if (environment_ != nullptr) environment_->release();
  }

 private:
  // Never ToNumber() and its like: in a worker that is being terminated they fail, and node-addon-api then ends the
  // process.
  static uint32_t number(const Napi::CallbackInfo& info) {
    uint32_t value = 0;
    napi_get_value_uint32(info.Env(), info[0], &value);
    return value;
  }

  Napi::Value submit(const Napi::CallbackInfo& info) {
    uint32_t count = 0;
    napi_get_value_uint32(info.Env(), info[0], &count);
    return Napi::Number::New(info.Env(), environment_->submit(count));
  }

  Napi::Value attempt(const Napi::CallbackInfo& info) {
    return Napi::Value(info.Env(), environment_->attempt(info[0], info[1]));
  }

  Napi::Value adopt(const Napi::CallbackInfo& info) {
    environment_->adopt(number(info));
    return Napi::Value();
  }

  Napi::Value cancel(const Napi::CallbackInfo& info) {
    environment_->cancel(number(info));
    return info.Env().Undefined();
  }

  Napi::Value sample_path(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), environment_->sample_path());
  }

  Napi::Value sample_path_done(const Napi::CallbackInfo& info) {
    environment_->sample_path_done();
    return info.Env().Undefined();
  }

  Napi::Value has_position(const Napi::CallbackInfo& info) {
    int32_t fd = -1;
    napi_get_value_int32(info.Env(), info[0], &fd);
    return Napi::Boolean::New(info.Env(), ringfs::Positions::has(fd));
  }

  Napi::Value set_handle_class(const Napi::CallbackInfo& info) {
    environment_->set_handle_class(info[0]);
    return info.Env().Undefined();
  }

  Napi::Value close_handle(const Napi::CallbackInfo& info) {
    uint32_t id = 0;
    int32_t fd = -1;
    uint32_t options = 0;
    napi_get_value_uint32(info.Env(), info[0], &id);
    napi_get_value_int32(info.Env(), info[1], &fd);
    napi_get_value_uint32(info.Env(), info[2], &options);
    return Napi::Number::New(info.Env(), environment_->close_handle(id, fd, options, info[3], info[4]));
  }

  Napi::Value read_folder(const Napi::CallbackInfo& info) {
    int32_t folder = -1;
    uint32_t count = 0;
    uint32_t options = 0;
    napi_get_value_int32(info.Env(), info[0], &folder);
    napi_get_value_uint32(info.Env(), info[1], &count);
    napi_get_value_uint32(info.Env(), info[2], &options);
    return Napi::Number::New(info.Env(), environment_->read_folder(folder, count, options, info[3]));
  }

  Napi::Value close_folder(const Napi::CallbackInfo& info) {
    int32_t folder = -1;
    napi_get_value_int32(info.Env(), info[0], &folder);
    environment_->close_folder(folder);
    return info.Env().Undefined();
  }

  Napi::Value memory(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    auto out = Napi::Object::New(env);
    out.Set("records", Napi::Value(env, environment_->records_buffer()));
    out.Set("paths", Napi::Value(env, environment_->paths_buffer()));
    out.Set("results", Napi::Value(env, environment_->results_buffer()));
    out.Set("values", Napi::Value(env, environment_->values_buffer()));
    out.Set("stats", Napi::Value(env, environment_->stats_buffer()));
    return out;
  }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    const ringfs::Engine& engine = environment_->engine();
    const ringfs::Counters& now = engine.counters();
    auto out = Napi::Object::New(info.Env());
    const auto put = [&](const char* name, uint64_t value) { out.Set(name, static_cast<double>(value)); };
    put("enters", now.enters);
    put("sqes", now.sqes);
    put("cqes", now.cqes);
    put("batches", now.batches);
    put("cachedHits", now.cached_hits);
    put("cachedMisses", now.cached_misses);
    put("ringOps", now.ring_ops);
    put("blockingOps", now.blocking_ops);
    put("parkedOps", now.parked_ops);
    put("notifications", now.notifications);
    put("staleCqes", now.stale_cqes);
    put("ringErrno", now.ring_errno);
    put("inFlight", engine.in_flight());
    put("maxInFlight", engine.max_in_flight());
    return out;
  }

  Environment* environment_ = nullptr;
};

Napi::Value probe(const Napi::CallbackInfo& info) {
  const ringfs::Kernel kernel = ringfs::probe_kernel();
  auto out = Napi::Object::New(info.Env());
  out.Set("hasRing", kernel.has_ring);
  out.Set("errno", kernel.refused_errno);
  out.Set("call", kernel.refused_call);
  out.Set("deferTaskrun", kernel.defer_taskrun);
  auto opcodes = Napi::Array::New(info.Env());
  uint32_t n = 0;
  for (uint32_t op = 0; op < kernel.opcodes.size(); op++) {
    if (kernel.opcodes[op]) opcodes.Set(n++, op);
  }
  out.Set("opcodes", opcodes);
  return out;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Runtime", Runtime::define(env));
  exports.Set("probe", Napi::Function::New<probe>(env, "probe"));
  return exports;
}

}  // namespace

NODE_API_MODULE(ringfs, init)
