#include "engine/kernel.h"

#include <liburing.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/ring_setup.h"

namespace ringfs {

Kernel ask_kernel() {
  Kernel kernel;
  io_uring ring{};
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int r = set_up_ring(2, &ring, &params);
  kernel.defer_taskrun = r == 0;
  if (r == -EINVAL) {
    params = io_uring_params{};
    r = set_up_ring(2, &ring, &params);
  }
  if (r != 0) {
    kernel.refused_errno = -r;
    kernel.refused_call = "io_uring_setup";
    return kernel;
  }
  constexpr unsigned kAsked = 256;
  const std::unique_ptr<io_uring_probe, decltype(&std::free)> answers(
      static_cast<io_uring_probe*>(std::calloc(1, sizeof(io_uring_probe) + kAsked * sizeof(io_uring_probe_op))),
      &std::free);
  r = answers ? io_uring_register_probe(&ring, answers.get(), kAsked) : -ENOMEM;
  if (r == 0) {
    for (unsigned op = 0; op < kernel.opcodes.size(); op++) {
      kernel.opcodes[op] = io_uring_opcode_supported(answers.get(), static_cast<int>(op)) != 0;
    }
  } else {
    kernel.refused_errno = -r;
    kernel.refused_call = "io_uring_register(IORING_REGISTER_PROBE)";
  }
  // A profile may allow the set-up and refuse the enter: a ring that cannot be entered is none.
  if (r == 0) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring);
    io_uring_prep_nop(sqe);
    r = io_uring_submit_and_wait(&ring, 1);
    if (r < 0) {
      kernel.refused_errno = -r;
      kernel.refused_call = "io_uring_enter";
    } else {
      kernel.has_ring = true;
    }
  }
  io_uring_queue_exit(&ring);
  return kernel;
}

Kernel probe_kernel() {
  static std::mutex mutex;
  static std::optional<Kernel> known;
  const std::lock_guard<std::mutex> lock(mutex);
  if (known) return *known;
  const Kernel kernel = ask_kernel();
  if (!is_passing(kernel.refused_errno)) known = kernel;
  return kernel;
}

bool is_passing(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN; }

}  // namespace ringfs
