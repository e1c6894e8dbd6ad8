#include "engine/positions.h"

#include <sys/stat.h>

#include "engine/syscalls.h"

namespace ringfs {

namespace {

bool at_own_position(const Job& job) {
  switch (job.op) {
    case Op::kRead:
    case Op::kWrite:
      return job.position < 0;
    case Op::kReadFile:
    case Op::kWriteFile:
      return job.has(option::kOnHandle);
    default:
      return false;
  }
}

}  // namespace

bool Positions::has(int fd) {
  FileFacts facts;
  if (sys::facts_without_sync(fd, &facts) != 0) return false;
  return facts.regular() || S_ISBLK(facts.mode);
}

bool Positions::take(Job* job) {
  if (!at_own_position(*job)) return true;
  const auto found = queues_.find(job->fd);
  if (found == queues_.end() && !job->has(option::kPlainFile) && !has(job->fd)) return true;
  job->position_fd = job->fd;
  if (found == queues_.end()) {
    queues_.emplace(job->fd, std::deque<Job*>());
    return true;
  }
  found->second.push_back(job);
  // The caller may close its own meanwhile. Where there is no other to be had the caller's has to do.
  const int own = job->owns_fd ? -1 : sys::duplicate(job->fd);
  if (own >= 0) {
    job->fd = own;
    job->owns_fd = true;
  }
  return false;
}

bool Positions::taken(const Job& job) const { return at_own_position(job) && queues_.count(job.fd) > 0; }

Job* Positions::leave(const Job& job) {
  if (job.position_fd < 0) return nullptr;
  const auto found = queues_.find(job.position_fd);
  if (found->second.empty()) {
    queues_.erase(found);
    return nullptr;
  }
  Job* next = found->second.front();
  found->second.pop_front();
  return next;
}

void Positions::waiting(std::vector<Job*>* out) const {
  for (const auto& [fd, queue] : queues_) out->insert(out->end(), queue.begin(), queue.end());
}

}  // namespace ringfs
