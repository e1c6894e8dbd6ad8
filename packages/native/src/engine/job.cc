#include "engine/job.h"

#include <fcntl.h>
#include <unistd.h>

namespace ringfs {

Directory::~Directory() { ::close(fd_); }

int Job::dir_fd() const { return dir ? dir->fd() : AT_FDCWD; }

void Job::begin_again() {
  if (owns_fd) ::close(fd);
  rewind();
}

void Job::rewind() {
  fd = -1;
  owns_fd = false;
  stage = Stage::kStart;
  facts = FileFacts{};
  target = nullptr;
  read_since_ns = 0;
  huge_pages = false;
  done = 0;
  chunk = 0;
  chunk_done = 0;
  parts_issued = 0;
  error = 0;
  call = Call::kNone;
}

void Job::reset() {
  rewind();
  serial += 1;
  lane = Lane::kNone;
  path.clear();
  path2.clear();
  dir.reset();
  folder.reset();
  flags = 0;
  mode = 0;
  options = 0;
  position = -1;
  length = 0;
  view_offset = 0;
  atime = 0;
  mtime = 0;
  tried = false;
  took_ns = 0;
  shared = false;
  settled_in = false;
  position_fd = -1;
  reach = Reach::kLocal;
  waiting.reset();
  moves = false;
  only_close = false;
  fifo_waited = false;
  plain_io = false;
  strict_again = false;
  has_taken = false;
  park_fd = -1;
  park_ms = 0;
  state.reset();
  second_fd = -1;
  refused = false;
  sent_dev = 0;
  cancelled.store(false, std::memory_order_relaxed);
  value = 0;
  text.clear();
}

}  // namespace ringfs
