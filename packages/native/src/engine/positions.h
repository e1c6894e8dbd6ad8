// Turns at a file's own position: reads and writes that begin where the last one ended go one after the other.
//
// One read(2) or write(2) moves a file's position in one with its bytes. Ours take several steps, on several threads: a
// cached attempt and what it has missed, a piece and the next one; on the ring the kernel does not even lock the
// position. Two at once would read the same bytes twice, or each other's.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "engine/job.h"

namespace ringfs {

class Positions {
 public:
  // Whether the file has one: pipes, sockets and terminals have none, and there a read may wait for the write behind
  // it.
  static bool has(int fd);
  // Whether the job may go on now: it works on no position that another one is at. Otherwise it waits here.
  bool take(Job* job);
  // Whether somebody is at the position of this job.
  bool taken(const Job& job) const;
  // The job is over. Returns who is next at its position, or null.
  Job* leave(const Job& job);
  // All that wait.
  void waiting(std::vector<Job*>* out) const;

 private:
  // By the caller's descriptor; there is an entry while somebody is at its position.
  std::unordered_map<int, std::deque<Job*>> queues_;
};

}  // namespace ringfs
