// The engine: takes jobs from the loop thread, has each done on the lane that does it fastest here, and gives them
// back. Knows nothing of Node; one per environment.
//
//   accept -> cached attempt -> finished
//          -> deferred -> cached attempt again, in the next iteration
//          -> backlog -> send -> ring | pool | parking -> arrived -> drain -> finished
//
// Everything public is for the loop thread, but for pass_on.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "engine/blocking_pool.h"
#include "engine/cached_lane.h"
#include "engine/channel.h"
#include "engine/counters.h"
#include "engine/event_fd.h"
#include "engine/host.h"
#include "engine/kernel.h"
#include "engine/loop_side.h"
#include "engine/mounts.h"
#include "engine/parking.h"
#include "engine/positions.h"
#include "engine/refusals.h"
#include "engine/ring_thread.h"
#include "engine/short_wait.h"
#include "engine/sink.h"

namespace ringfs {

// What RINGFS_BACKEND and RINGFS_LANE ask for.
struct Policy {
  bool use_ring = true;  // false: the `threads` backend
  enum class Prefer : uint8_t { kBest, kCached, kRing, kBlocking } prefer = Prefer::kBest;
};

class Engine : public Sink {
 public:
  Engine(Host& host, const Policy& policy, const Kernel& kernel);
  ~Engine() override;

  bool ok() const { return notifier_.ok(); }
  // Readable when jobs have arrived.
  int notifier_fd() const { return notifier_.fd(); }

  // A blank job. It goes back to the engine with accept(), or with give_back() if nothing came of it.
  Job* take();
  void give_back(Job* job);

  // Everything between begin_batch and end_batch came in one call from JavaScript.
  void begin_batch();
  void accept(Job* job);
  void end_batch();

  // One attempt at a job on the cached lane, in the caller's own call, past all batches.
  enum class Attempt : uint8_t {
    kNotTried,  // not here, or not now: the job is as it was
    kDone,      // the job holds its outcome; give_back() it
    kMissed,    // it may have opened its file: adopt() or abandon() it
  };
  Attempt attempt(Job* job);
  // Takes in a job whose attempt has missed; it has an id by now, and goes away with the next batch.
  void adopt(Job* job);
  // Nobody wants it after all.
  void abandon(Job* job);

  // A new iteration of the event loop has begun: cached attempts have their time again.
  void new_iteration() {
    budget_ends_ns_ = 0;
    mounts_fresh_until_ns_ = 0;
  }
  // Works on the backlog within the budget; for when the loop comes round with work left.
  void pump();
  // Whether the loop thread itself has work it could do in its next iteration.
  bool wants_iteration() const {
    const bool sends = !backlog_.empty() && !bound_reached() && !lacks_descriptors_;
    return !deferred_.empty() || sends || (!slow_.empty() && slow_room() > 0);
  }

  // Takes back what arrived: kDrainedTogether jobs, or until the host is full. True if more is waiting: then drain()
  // again once JavaScript has had these, or drain_later().
  bool drain();
  // Has the notifier say so in the next iteration of the event loop.
  void drain_later() { notifier_.signal(); }

  // Looks for results for a short while, where few are awaited and the last ones came soon. True if there are some to
  // drain().
  bool look_for_results();
  // Whether looking again is worth not sleeping.
  bool may_look() const;

  // Asks for a job to end early. It still finishes, once, with whatever it came to.
  void cancel(uint32_t id);

  // Whether an op with this id is in flight.
  bool knows(uint32_t id) const { return id < by_id_.size() && by_id_[id] != nullptr; }

  // Of a finished open: whether option::kPlainFile holds for its file.
  bool is_plain(const Job& job);

  // Jobs accepted and not finished.
  size_t in_flight() const { return in_flight_; }
  size_t max_in_flight() const { return max_in_flight_; }
  const Counters& counters() const { return counters_; }

  // From the engine's own threads, never from the loop thread.
  void pass_on(Job* job, Step step) override;
  size_t unread() const override { return unread_.load(std::memory_order_relaxed); }

  // Ends all threads. Jobs that had not finished are dropped, their descriptors closed. False if a thread could not
  // be ended: then the engine, and all it refers to, must never be freed.
  bool stop();

 private:
  bool within_budget();
  void refresh_mounts(int64_t now_ns);
  bool may_try(const Job& job) const;
  void try_soon(Job* job);
  void try_together();
  void after_attempt(Job* job, bool hit);
  void note_in_flight(Job* job);
  void try_or_queue(Job* job);
  void take_turn(Job* job);
  // Jobs that are away and come back by themselves.
  size_t awaited() const;
  bool awaits_some() const;
  size_t slow_room() const;
  void judge(Job* job);
  bool send_judged(Job* job);
  void send_slow();
  Step on_loop(Job* job);
  void come_home(Job* job);
  void come_back(Job* job);
  void move(Job* job);
  void close_later(Job* job);
  BlockingPool& pool_for(const Job& job) { return job.reach == Reach::kMayWait ? slow_pool_ : pool_; }
  bool bound_reached() const;
  bool waits_for_refill();
  void dispatch();
  static void push_gathered(BlockingPool& pool, std::vector<Job*>& jobs);
  void keep_folder(std::deque<Job*>& queue);
  bool own_descriptor(Job* job);
  [[nodiscard]] bool send(Job* job);
  void route(Job* job, Step step);
  void leave_loop(Job* job);
  void let_go(Job* job);
  void finish(Job* job);
  void drop(Job* job);
  RingThread* ring();

  Host& host_;
  const Policy policy_;
  const Kernel kernel_;
  Counters counters_;
  MountTable mounts_;
  CachedLane cached_;
  LoopSide side_;

  EventFd notifier_;
  Channel<Job*> arrived_;  // from every thread
  std::atomic<size_t> unread_{0};
  std::atomic<bool> looking_{false};  // the loop thread: it needs no waking
  ShortWait answer_wait_;

  BlockingPool pool_;
  BlockingPool slow_pool_;  // for filesystems that may never answer
  Parking parking_;
  std::unique_ptr<RingThread> ring_;  // begun at the first job that goes there
  int64_t ring_again_ns_ = 0;         // not before then, where it could not be begun
  Refusals refusals_;
  Positions positions_;
  bool ring_to_wake_ = false;
  std::vector<Job*> for_pool_;  // these go with the batch
  std::vector<Job*> for_slow_pool_;

  std::deque<Job*> deferred_;       // to be tried on the loop thread when there is time again
  std::deque<Job*> backlog_;        // to be sent away when the bound allows
  bool lacks_descriptors_ = false;  // all of the backlog does: somebody who is away gives one back
  // Some of it has to wait for those that are away. Whoever parks makes room, and gives nothing back for long: then the
  // loop thread looks again.
  std::atomic<bool> held_back_{false};
  std::deque<Job*> slow_;     // the same, for filesystems that may never answer
  std::vector<Job*> trying_;  // attempts that will share a system call
  std::vector<bool> hits_;
  std::vector<Job*> arrived_now_;
  size_t arrived_next_ = 0;
  std::vector<Job*> spare_;
  size_t kept_bytes_ = 0;  // memory of the spare jobs
  std::vector<std::unique_ptr<Job>> all_;
  std::vector<Job*> by_id_;

  std::shared_ptr<Directory> batch_dir_;
  int64_t budget_ends_ns_ = 0;
  int64_t mounts_fresh_until_ns_ = 0;  // but for the next iteration of the loop
  size_t away_ = 0;
  size_t slow_away_ = 0;    // of those, the ones that may never come back
  size_t shared_away_ = 0;  // of those, the ones that share the loop thread's work
  size_t closing_ = 0;      // finished, but for a close that may wait
  bool refilling_ = true;   // until the bound is reached again
  size_t in_flight_ = 0;
  size_t max_in_flight_ = 0;
};

}  // namespace ringfs
