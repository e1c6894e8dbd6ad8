// mkdtemp: a folder of a new name. The path ends in six characters that are replaced, as in mkdtemp(3).
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "engine/syscalls.h"
#include "ops/plain_call.h"

namespace ringfs {

namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr size_t kReplaced = 6;
// As many as mkdtemp(3) makes.
constexpr unsigned kTries = 62 * 62 * 62;

uint64_t random_bits() {
  uint64_t bits = 0;
  // Before the kernel has gathered enough to be unpredictable the clock has to do: the folder is made anew all the
  // same.
  if (::getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != static_cast<ssize_t>(sizeof(bits))) {
    bits = static_cast<uint64_t>(sys::now_ns());
  }
  return bits;
}

void replace_end(std::string& name) {
  uint64_t bits = random_bits();
  for (size_t i = name.size() - kReplaced; i < name.size(); i++) {
    name[i] = kLetters[bits % kLetters.size()];
    bits /= kLetters.size();
  }
}

// What failed is told with the name it failed with.
Step on_pool(Job& job) {
  job.text = job.path;
  return plain_call(job, Call::kMkdtemp, [&] {
    if (job.text.size() < kReplaced) {
      errno = EINVAL;
      return -1;
    }
    for (unsigned tries = 0; tries < kTries && !job.cancelled.load(); tries++) {
      replace_end(job.text);
      if (::mkdirat(job.dir_fd(), job.text.c_str(), 0700) == 0) return 0;
      if (errno != EEXIST) return -1;
    }
    errno = job.cancelled.load() ? ECANCELED : EEXIST;
    return -1;
  });
}

}  // namespace

const OpTable kMkdtempOp = {"mkdtemp", nullptr, plain_call_on_loop, nullptr, on_pool};

}  // namespace ringfs
