// The names of a readdir as JavaScript's strings or Buffers.
#pragma once

#include <node_api.h>

#include "engine/job.h"

namespace ringfs {

// Puts what the job brought into `found`, an object with the lists `names` and `folders`; `collect` is the function
// that appends to a list: one call for many names is several times as fast as setting elements one by one. False,
// perhaps with a pending exception, if the environment lets nothing be made any more.
bool put_names(napi_env env, const Job& job, napi_value found, napi_value collect);

}  // namespace ringfs
