// The addon of the nth-fault loop over public calls (fs-compat/test/faults): the product's own object files, with the
// fault plan between them and libc and liburing, and an export that arms it. The product's entry has another name here
// (faults.cmake).
#include <napi.h>

#include "../engine/fault_plan.h"

extern "C" napi_value ringfs_product_init(napi_env env, napi_value exports);

namespace {

namespace fault = ringfs::test::fault;

// arm(point, manner, error, nth, forGood, times)
Napi::Value arm(const Napi::CallbackInfo& info) {
  fault::Plan plan;
  plan.point = static_cast<fault::Point>(info[0].ToNumber().Uint32Value());
  plan.manner = static_cast<fault::Manner>(info[1].ToNumber().Uint32Value());
  plan.error = info[2].ToNumber().Int32Value();
  plan.nth = info[3].ToNumber().Uint32Value();
  plan.for_good = info[4].ToBoolean().Value();
  plan.times = info[5].ToNumber().Uint32Value();
  fault::arm(plan);
  return info.Env().Undefined();
}

Napi::Value disarm(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(fault::disarm()));
}

Napi::Value is_met(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), fault::is_met()); }

Napi::Value go_on(const Napi::CallbackInfo& info) {
  fault::go_on();
  return info.Env().Undefined();
}

Napi::Value can_spoil_sqes(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), fault::can_spoil_sqes());
}

Napi::Value live_blocks(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(fault::live_blocks()));
}

}  // namespace

#undef napi_register_module_v1
#undef node_api_module_get_api_version_v1
NAPI_MODULE_INIT() {
  const napi_value product = ringfs_product_init(env, exports);
  auto faults = Napi::Object::New(env);
  faults.Set("arm", Napi::Function::New<arm>(env, "arm"));
  faults.Set("disarm", Napi::Function::New<disarm>(env, "disarm"));
  faults.Set("isMet", Napi::Function::New<is_met>(env, "isMet"));
  faults.Set("goOn", Napi::Function::New<go_on>(env, "goOn"));
  faults.Set("canSpoilSqes", Napi::Function::New<can_spoil_sqes>(env, "canSpoilSqes"));
  faults.Set("liveBlocks", Napi::Function::New<live_blocks>(env, "liveBlocks"));
  Napi::Object(env, product).Set("faults", faults);
  return product;
}
