// From the words of a record to a job. Knows nothing of Node, so that it can be fuzzed alone (test/fuzz): what only an
// environment knows, its ids in flight and its open folders, it asks afterwards.
#pragma once

#include <cstdint>

#include "addon/records.h"
#include "engine/job.h"

namespace ringfs {

// `words` is a copy, as is what a job gets of `paths`: JavaScript may go on writing into the memory it shares.
// False: such a record is refused, and the job holds nothing to be used.
bool decode_record(const int32_t* words, const uint8_t* paths, Job* job);

// The same of the record of an attempt, whose path comes beside it; `by_path` says that one is wanted.
bool decode_attempt_record(const int32_t* words, Job* job, bool* by_path);

// A path as a caller's bytes hold it. The kernel's paths end at a NUL, so none may hold one.
bool is_path(const std::string& text);

}  // namespace ringfs
