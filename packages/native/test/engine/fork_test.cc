// A child by fork has nothing of the ring, one by exec nothing of ours at all, and its parent's jobs go on.
#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>

#include "engine/ring_setup.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// Only what is allowed between fork and exec in a process with threads: no memory is taken.
bool ring_is_mapped() {
  static std::array<char, size_t{1} << 20> text;
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t got = 0;
  while (length < text.size() - 1 && (got = ::read(fd, text.data() + length, text.size() - 1 - length)) > 0)
    length += static_cast<size_t>(got);
  ::close(fd);
  text[length] = 0;
  return std::strstr(text.data(), "[io_uring]") != nullptr;
}

bool forked_child_has_ring() {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(ring_is_mapped() ? 1 : 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status) != 0;
}

std::set<int> descriptors() {
  std::set<int> found;
  DIR* folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != ::dirfd(folder)) found.insert(std::atoi(entry->d_name));
  ::closedir(folder);
  return found;
}

// Those that a program executed now would inherit.
int inherited_but(const std::set<int>& before) {
  int count = 0;
  for (const int fd : descriptors()) {
    const int flags = ::fcntl(fd, F_GETFD);
    count += before.count(fd) == 0 && flags >= 0 && (flags & FD_CLOEXEC) == 0;
  }
  return count;
}

}  // namespace

TEST_CASE("fork: a child made while rings are made has none of them either") {
  if (!has_ring()) return;
  std::atomic<bool> over{false};
  std::atomic<int> made{0};
  std::thread maker([&] {
    while (!over) {
      io_uring ring{};
      io_uring_params params{};
      if (set_up_ring(8, &ring, &params) != 0) continue;
      made += 1;
      io_uring_queue_exit(&ring);
    }
  });
  int inherited = 0;
  for (int i = 0; i < 300; i++) inherited += static_cast<int>(forked_child_has_ring());
  over = true;
  maker.join();
  CHECK(inherited == 0);
  CHECK(made > 0);
}

TEST_CASE("fork: amid jobs of every lane the child has no ring, nothing is left open by exec, and the jobs go on") {
  const std::set<int> before = descriptors();
  bool mapped = false;
  on_every_lane([&](Session& session, const Folder& folder) {
    write_plainly(folder / "held", pattern(3'000'000, 1));
    const int held = ::open((folder / "held").c_str(), O_RDWR | O_CLOEXEC);
    for (int round = 0; round < 5; round++) {
      std::vector<Ask> asks;
      for (int i = 0; i < 20; i++) {
        const auto number = std::to_string(i);
        asks.push_back(ask_write_file(folder / number, pattern(300'000, 1)));
        asks.push_back(ask_write_file(folder / ("s" + number), pattern(100, 1), i % 4 == 0 ? option::kFlush : 0));
        asks.push_back(
            ask_path(Op::kMkdir, folder / ("d" + number + std::to_string(round) + "/e"), 0, 0777, option::kRecursive));
        // These work on duplicates.
        asks.push_back(ask_on(Op::kSync, held));
      }
      const size_t count = asks.size();
      const uint32_t first = session.submit(std::move(asks));
      CHECK(inherited_but(before) == 0);
      mapped = mapped || ring_is_mapped();
      CHECK(!forked_child_has_ring());
      const auto all_done = [&] {
        for (uint32_t id = first; id < first + count; id++)
          if (session.outcome(id).finished == 0) return false;
        return true;
      };
      CHECK(session.turn_until(all_done));
      for (uint32_t id = first; id < first + count; id++) CHECK(session.outcome(id).error == 0);
    }
    ::close(held);
  });
  // Otherwise nothing has been shown.
  CHECK(mapped == has_ring());
}
