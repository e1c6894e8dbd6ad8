// Small steps that several ops share.
#pragma once

#include <cstdint>
#include <string>

#include "engine/job.h"

namespace ringfs {

// Closes the job's descriptor if the engine opened or duplicated it. A failed close is the op's error, as in
// Node, where the op itself opened the file; for a duplicate it says nothing to the caller.
Step close_and_finish(Job& job);

// Whether the result of a close on the ring tells of a failure. An interrupted close has closed (close(2)), also where
// the kernel says so with a number of its own (-512).
bool close_failed(int result);

// After the cqe of a close on the ring. One that was cancelled before it began has left the descriptor open.
Step after_ring_close(Job& job, int result);

// openat(2) with O_NONBLOCK, so that no thread ever sits in an open that waits for somebody else.
// kDone: opened, or failed with job.error set. kParkRetry: a FIFO without a reader, or a lease being broken.
Step open_without_waiting(Job& job, int flags);

// Whether an open with O_NONBLOCK failed where one without would have waited: for a reader of the FIFO, or for a lease.
bool open_would_wait(const Job& job, const std::string& path, int result);

// Whether an open on the ring has failed in a way that plain system calls have to look into.
bool ring_open_cannot(const Job& job, int result);

// Parks the job, a little longer each time.
Step try_again_later(Job& job);

// Whether a FIFO opened for reading has, or has had, a writer. poll(2) tells of data and of writers that went
// away; of one that is there and silent only a read tells, and tee(2) is the read that takes nothing.
bool has_writer(int fd);

// Whether reads and writes of such a file may wait for somebody else.
inline bool is_stream(const FileFacts& facts) {
  return S_ISFIFO(facts.mode) || S_ISSOCK(facts.mode) || S_ISCHR(facts.mode);
}

}  // namespace ringfs
