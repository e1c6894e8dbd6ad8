// Looking for a short answer instead of sleeping: when it is done, and that nothing is lost between looking and
// sleeping.
#include "engine/short_wait.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// How many waits are slept through before one looks again.
int slept_through(ShortWait& wait) {
  int count = 0;
  for (; !wait.pays() && count < 10'000; count++) wait.slept();
  return count;
}

Policy on_pool() { return {false, Policy::Prefer::kBlocking}; }

}  // namespace

TEST_CASE("ShortWait: looking in vain doubles the number of waits that are slept through, up to a bound") {
  if (usable_cpus() < 2) return;
  ShortWait wait;
  CHECK(wait.pays());
  int before = 0;
  for (int i = 0; i < 8; i++) {
    wait.learn(false);
    const int now = slept_through(wait);
    CHECK(now == 2 * before + 1);
    before = now;
  }
  wait.learn(false);
  CHECK(slept_through(wait) == before);
}

TEST_CASE("ShortWait: an answer that was found makes the next wait look again, and halves what a miss costs") {
  if (usable_cpus() < 2) return;
  ShortWait wait;
  for (int i = 0; i < 4; i++) wait.learn(false);
  wait.learn(true);
  CHECK(wait.pays());
  wait.learn(false);
  CHECK(slept_through(wait) == 15);
}

TEST_CASE("ShortWait: looking ends with the answer, or soon after its time") {
  std::atomic<bool> ready{false};
  CHECK_FALSE(ShortWait::look([&] { return ready.load(); }));
  std::thread other([&] { ready.store(true); });
  bool found = false;
  for (int i = 0; i < 100'000 && !found; i++) found = ShortWait::look([&] { return ready.load(); });
  other.join();
  CHECK(found);
}

TEST_CASE("a result that is looked for comes without a signal, and one that is waited for long with one") {
  if (usable_cpus() < 2) return;
  Session session(on_pool());
  const Ask quick = ask_path(Op::kAccess, "/");
  const auto notifications = [&] { return session.engine().counters().notifications.load(); };
  int unsignalled = 0;
  for (int i = 0; i < 20'000 && unsignalled < 100; i++) {
    const uint64_t before = notifications();
    CHECK(session.run(quick).error == 0);
    unsignalled += notifications() == before;
  }
  CHECK(unsignalled > 0);
  // While the loop does other work nobody looks: then the signal is there. The one before is counted by now.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const uint64_t before = notifications();
  const uint32_t id = session.submit({quick});
  for (int ms = 0; ms < 5'000 && notifications() == before; ms++)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(notifications() == before + 1);
  CHECK(session.turn_until_finished(id));
  CHECK(session.stop());
}

TEST_CASE("between looking and sleeping no job and no result is lost") {
  const Folder folder(disk());
  Session session(on_pool());
  int64_t slowest_ms = 0;
  for (int i = 0; i < 20'000; i++) {
    // Sooner or later than either thread stops looking.
    const int64_t until_ns = sys::now_ns() + (i * 37 % 40) * 1'000;
    while (sys::now_ns() < until_ns) continue;
    const int64_t from = milliseconds();
    const uint32_t id = session.submit({ask_path(Op::kAccess, folder.path())});
    // A signal or a wake-up that is lost would be missed for good.
    while (!session.is_finished(id)) session.turn(20'000);
    slowest_ms = std::max(slowest_ms, milliseconds() - from);
  }
  CHECK(slowest_ms < 10'000);
  CHECK(session.stop());
}

TEST_CASE("many jobs in one batch, more than there are threads: all are done, by several threads where they wait") {
  on_every_lane([](Session& session, const Folder& folder) {
    std::vector<Ask> asks;
    for (int i = 0; i < 700; i++)
      asks.push_back(ask_path(i % 3 == 0 ? Op::kMkdir : Op::kMkdtemp, folder / ("d" + std::to_string(i))));
    for (const auto& outcome : session.run_all(std::move(asks))) CHECK(outcome.error == 0);
  });
}
