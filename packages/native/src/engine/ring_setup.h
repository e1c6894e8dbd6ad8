// io_uring_setup(2), and what holds for every ring of ours from its first moment.
#pragma once

#include <liburing.h>

namespace ringfs {

// A ring of `entries` sqes that no child made by fork() has in its memory: neither afterwards nor of a fork while it is
// made. As io_uring_queue_init_params(3): 0, or a negative errno.
int set_up_ring(unsigned entries, io_uring* ring, io_uring_params* params);

}  // namespace ringfs
