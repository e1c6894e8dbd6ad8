// Looking for a short answer instead of sleeping: when it is done, and that nothing is lost between looking and
// sleeping.
#include "engine/short_wait.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
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

// Of the tests that hold a thread between looking and sleeping.
Engine* watched = nullptr;
std::atomic<bool> sent{false};
std::atomic<int> met{0};
const std::thread::id loop_thread = std::this_thread::get_id();

bool is_loop_thread() { return std::this_thread::get_id() == loop_thread; }

void wait_until(bool (*come)()) {
  met += 1;
  // Not for ever: nobody is woken for what comes now, and it may be this thread that has to see to it.
  const int64_t deadline = milliseconds() + 1'000;
  while (!come() && milliseconds() < deadline) std::this_thread::sleep_for(std::chrono::microseconds(100));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // until whoever brought it has seen that we look
}

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
  Session session(kThreads.policy);
  const Ask quick = ask_path(Op::kAccess, "/");
  const auto notifications = [&] { return session.engine().counters().notifications.load(); };
  int unsignalled = 0;
  // Where others keep the CPUs busy, looking is in vain for long.
  const int64_t deadline = milliseconds() + kHang;
  for (int i = 0; (i < 20'000 || unsignalled == 0) && unsignalled < 100 && milliseconds() < deadline; i++) {
    const uint64_t before = notifications();
    CHECK(session.run(quick).error == 0);
    unsignalled += notifications() == before;
  }
  CHECK(unsignalled > 0);
  // While the loop does other work nobody looks: then the signal is there. The one before, if there was one, is counted
  // by now, and has to be taken back: while one stands there is no other.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  session.turn(0);
  const uint64_t before = notifications();
  const uint32_t id = session.submit({quick});
  for (int ms = 0; ms < kHang && notifications() == before; ms++)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(notifications() == before + 1);
  CHECK(session.turn_until_finished(id));
  CHECK(session.stop());
}

TEST_CASE("a result that comes between looking and sleeping is taken, though it was not signalled") {
  if (usable_cpus() < 2) return;
  const Folder folder(disk());
  Session session(kThreads.policy);
  watched = &session.engine();
  met = 0;
  ShortWait::in_vain.store([] {
    if (is_loop_thread()) wait_until([] { return watched->unread() > 0; });
  });
  // On a quick machine looking is seldom in vain.
  const int64_t deadline = milliseconds() + kHang;
  for (int i = 0; (i < 50 || met == 0) && met < 5 && milliseconds() < deadline; i++) {
    const uint32_t id = session.submit({ask_path(Op::kMkdir, folder / std::to_string(i))});
    for (int turns = 0; turns < 2 && !session.is_finished(id); turns++) session.turn(kHang);
    CHECK(session.is_finished(id));
  }
  ShortWait::in_vain.store(nullptr);
  CHECK(met > 0);
  CHECK(session.stop());
}

TEST_CASE("a job that comes between looking and sleeping is done, though nobody was woken for it") {
  if (usable_cpus() < 2) return;
  Session session(kThreads.policy);
  const Ask quick = ask_path(Op::kAccess, "/");
  met = 0;
  ShortWait::in_vain.store([] {
    if (!is_loop_thread()) wait_until([] { return sent.load(); });
  });
  for (int i = 0; i < 5; i++) {
    sent = false;
    const int before = met;
    CHECK(session.run(quick).error == 0);
    for (int ms = 0; ms < 1'000 && met == before; ms++) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const uint32_t id = session.submit({quick});
    sent = true;
    CHECK(session.turn_until_finished(id));
  }
  ShortWait::in_vain.store(nullptr);
  CHECK(met > 0);
  CHECK(session.stop());
}

TEST_CASE("whenever a job comes, about the moment in which both threads stop looking, it is done") {
  Session session(kThreads.policy);
  for (int i = 0; i < 5'000; i++) {
    const int64_t until_ns = sys::now_ns() + (i * 37 % 40) * 1'000;
    while (sys::now_ns() < until_ns) continue;
    const uint32_t id = session.submit({ask_path(Op::kAccess, "/")});
    REQUIRE(session.turn_until_finished(id));
  }
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
