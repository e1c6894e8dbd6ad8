#include "engine/blocking_pool.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "engine/reach.h"
#include "engine/syscalls.h"
#include "ops/op.h"

namespace ringfs {

namespace {

// Short ops that change a folder or write a file: work for a CPU, under locks of the kernel's. More of them at once
// than there are CPUs only wait for each other (creating files on 2 CPUs: 28 us a file with 2 threads, 45 with 4).
bool changes(const Job& job) {
  switch (job.op) {
    case Op::kWriteFile:
    case Op::kUnlink:
    case Op::kMkdir:
    case Op::kRename:
    case Op::kRmdir:
    case Op::kLink:
    case Op::kSymlink:
    case Op::kMkdtemp:
      return !job.has(option::kFlush);  // which waits for the disk
    default:
      return false;
  }
}

unsigned usable_cpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return ::sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? static_cast<unsigned>(CPU_COUNT(&cpus)) : kPoolThreads;
}

}  // namespace

BlockingPool::BlockingPool(Sink& sink, Counters& counters, const char* name, unsigned threads)
    : sink_(sink),
      counters_(counters),
      name_(name),
      most_threads_(threads),
      changing_(threads),
      cpus_(usable_cpus()),
      threads_(std::make_unique<Thread[]>(threads)) {}

bool BlockingPool::push(Job* job) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_ <= changes_.size() + others_.size() && started_ < most_threads_ && !stopping_) {
      if (threads_[started_].start(name_, [this] { run(); })) started_ += 1;
    }
    if (started_ == 0) return false;
    (changes(*job) ? changes_ : others_).emplace_back(arrivals_++, job);
    // Where no more may be made now, one thread keeps an eye on those that are.
    wake = idle_ > 0 && (!others_.empty() || watching_ == 0 || may_change(sys::now_ns()));
  }
  if (wake) more_.notify_one();
  return true;
}

void BlockingPool::cancel(Job* job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto& queue = changes(*job) ? changes_ : others_;
    const auto found =
        std::find_if(queue.begin(), queue.end(), [&](const auto& waiting) { return waiting.second == job; });
    if (found == queue.end() || job->fd >= 0) return;
    queue.erase(found);
  }
  job->fail(ECANCELED, Call::kNone);
  sink_.pass_on(job, Step::kDone);
}

// There are always two. One that has been at it for long is waiting, for a disk or for a filesystem that does not
// answer, and holds nobody up.
bool BlockingPool::may_change(int64_t now_ns) const {
  const auto works = [now_ns](Since since) { return since != 0 && now_ns - since < kChangeWaitsNs; };
  return std::count_if(changing_.begin(), changing_.end(), works) < std::clamp(cpus_, 2u, most_threads_);
}

Job* BlockingPool::next(int64_t now_ns) {
  const bool change = !changes_.empty() && (stopping_ || may_change(now_ns)) &&
                      (others_.empty() || changes_.front().first < others_.front().first);
  auto& queue = change ? changes_ : others_;
  if (queue.empty()) return nullptr;
  Job* job = queue.front().second;
  queue.pop_front();
  return job;
}

void BlockingPool::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  Since& changing = changing_[seats_++];
  for (;;) {
    Job* job = nullptr;
    int64_t now_ns = 0;
    for (;;) {
      now_ns = sys::now_ns();
      changing = 0;
      job = next(now_ns);
      if (job != nullptr) break;
      if (stopping_) return;
      idle_ += 1;
      // Changes that have to wait for their turn are looked at again: those before them may have come to wait.
      if (changes_.empty()) {
        more_.wait(lock);
      } else {
        watching_ += 1;
        more_.wait_for(lock, std::chrono::nanoseconds(kChangeWaitsNs));
        watching_ -= 1;
      }
      idle_ -= 1;
    }
    changing = changes(*job) ? now_ns : 0;
    // A close that was asked for is made even now: the descriptor is the engine's.
    if (stopping_) job->cancelled.store(true);
    const bool drop = job->cancelled.load() && job->op != Op::kClose && job->fd < 0;
    lock.unlock();
    if (drop) {
      job->fail(ECANCELED, Call::kNone);
      sink_.pass_on(job, Step::kDone);
    } else {
      work(job);
    }
    lock.lock();
  }
}

// Where the path's text did not tell whether its filesystem is sure to answer, a walk does.
bool BlockingPool::leads_elsewhere(Job* job) {
  const bool known = job->reach == Reach::kLocal || job->reach == Reach::kMayWait || job->fd >= 0;
  if (known || job->cancelled.load()) return false;
  job->moves = reach_by_walk(*job) == Reach::kMayWait;
  if (!job->moves) job->reach = Reach::kLocal;
  return job->moves;
}

void BlockingPool::work(Job* job) {
  if (job->only_close) {
    sys::close(job->fd);
    job->fd = -1;
    sink_.pass_on(job, Step::kDone);
    return;
  }
  if (leads_elsewhere(job)) {
    sink_.pass_on(job, Step::kToLoop);
    return;
  }
  const Step step = table_of(job->op).on_pool(*job);
  // Counted once an op, however often it comes back for its next chunk.
  if ((step == Step::kDone || step == Step::kToLoop) && job->lane != Lane::kBlocking) {
    job->lane = Lane::kBlocking;
    Counters::add(counters_.blocking_ops);
  }
  sink_.pass_on(job, step);
}

bool BlockingPool::stop(int64_t deadline_ns) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  more_.notify_all();
  bool ended = true;
  for (unsigned i = 0; i < most_threads_; i++) ended = threads_[i].join_until(deadline_ns) && ended;
  return ended;
}

}  // namespace ringfs
