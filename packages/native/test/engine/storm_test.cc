// Everything at once for a short while: no byte of one file ever shows up in another.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr uint32_t kFiles = 24;
constexpr size_t kMostInFlight = 700;
constexpr size_t kMostOpen = 50;

size_t size_of(uint32_t file) {
  switch (file % 6) {
    case 0:
      return 100 + file;
    case 1:
      return kChainBytes;
    case 2:
      return kChainBytes + 1 + file;
    case 3:
      return kStagedResultMax + file;
    case 4:
      return 3;
    default:
      return 5000 + file;
  }
}

struct Expected {
  Op op;
  uint32_t file;
  size_t from = 0;
  bool cancelled = false;
};

// What is wrong with bytes read from `from` on; empty: nothing.
std::string foreign_byte(const Bytes& bytes, size_t n, const Bytes& content, size_t from) {
  if (from + n > content.size()) return std::to_string(from + n) + " bytes of " + std::to_string(content.size());
  for (size_t i = 0; i < n; i++) {
    if (bytes[i] == content[from + i]) continue;
    return "byte " + std::to_string(from + i) + " of " + std::to_string(content.size()) + " is " +
           std::to_string(bytes[i]) + ", " + std::to_string(n) + " read from " + std::to_string(from);
  }
  return "";
}

void storm(Session& session, const Folder& folder, int for_ms, uint32_t start) {
  INFO("RINGFS_TEST_SEED=", start);
  std::mt19937 random(start);
  std::vector<Bytes> contents;
  std::vector<std::string> paths;
  for (uint32_t i = 0; i < kFiles; i++) {
    contents.push_back(pattern(size_of(i), i + 1));
    paths.push_back(folder / std::to_string(i));
    write_plainly(paths[i], contents[i]);
  }
  std::map<uint32_t, Expected> expected;
  std::vector<std::pair<int, uint32_t>> open;  // descriptor and its file
  size_t judged = 0;
  const int64_t ends = milliseconds() + for_ms;
  while (milliseconds() < ends || !expected.empty()) {
    if (milliseconds() < ends && session.engine().in_flight() < kMostInFlight) {
      std::vector<Ask> asks;
      std::vector<Expected> batch;
      for (uint32_t n = random() % 40 + 1; n > 0; n--) {
        const uint32_t file = random() % kFiles;
        const uint32_t what = random() % 12;
        if (what < 4) {
          asks.push_back(ask_read_file(paths[file]));
          batch.push_back({Op::kReadFile, file});
        } else if (what < 6) {
          // Each file is only ever written with its own bytes, so a reader sees those, whole or cut short.
          asks.push_back(ask_write_file(paths[file], contents[file], random() % 30 == 0 ? option::kFlush : 0));
          batch.push_back({Op::kWriteFile, file});
        } else if (what < 8 && open.size() < kMostOpen) {
          asks.push_back(ask_open(paths[file], random() % 2 == 0 ? O_RDONLY : O_RDWR));
          batch.push_back({Op::kOpen, file});
        } else if (what == 8 && !open.empty()) {
          const size_t i = random() % open.size();
          const size_t from = random() % size_of(open[i].second);
          asks.push_back(ask_read(open[i].first, 4096, static_cast<int64_t>(from)));
          batch.push_back({Op::kRead, open[i].second, from});
        } else if (what < 11 && !open.empty()) {
          // Given up with reads of it perhaps still under way: those hold a descriptor of their own or came first.
          const size_t i = random() % open.size();
          bool in_use = false;
          for (const Expected& e : batch) in_use = in_use || e.op == Op::kRead;
          if (in_use) continue;
          asks.push_back(ask_on(Op::kClose, open[i].first));
          batch.push_back({Op::kClose, open[i].second});
          open.erase(open.begin() + static_cast<long>(i));
        } else {
          asks.push_back(ask_path(Op::kStat, paths[file]));
          batch.push_back({Op::kStat, file});
        }
      }
      const uint32_t first = session.submit(std::move(asks));
      for (uint32_t i = 0; i < batch.size(); i++) {
        const bool cancel = batch[i].op != Op::kClose && random() % 25 == 0;
        if (cancel) session.engine().cancel(first + i);
        batch[i].cancelled = cancel;
        expected.emplace(first + i, batch[i]);
      }
    }
    session.turn(expected.empty() ? 0 : 5);
    for (auto entry = expected.begin(); entry != expected.end();) {
      if (!session.is_finished(entry->first)) {
        ++entry;
        continue;
      }
      const Expected& e = entry->second;
      Outcome& outcome = session.outcome(entry->first);
      judged += 1;
      const Bytes& content = contents[e.file];
      std::string complaint;
      if (outcome.error != 0) {
        if (!e.cancelled || outcome.error != ECANCELED) complaint = "error " + std::to_string(outcome.error);
      } else if (e.op == Op::kReadFile) {
        complaint = foreign_byte(outcome.bytes, outcome.bytes.size(), content, 0);
      } else if (e.op == Op::kRead) {
        complaint = foreign_byte(outcome.bytes, static_cast<size_t>(outcome.value), content, e.from);
      } else if (e.op == Op::kOpen) {
        open.emplace_back(static_cast<int>(outcome.value), e.file);
      }
      if (!complaint.empty()) {
        const std::string what = "op " + std::to_string(static_cast<int>(e.op)) + ", lane " +
                                 std::to_string(static_cast<int>(outcome.lane)) + ": " + complaint;
        CHECK(what == "");
      }
      outcome.bytes = Bytes();
      entry = expected.erase(entry);
    }
  }
  for (const auto& [fd, file] : open) ::close(fd);
  CHECK(judged > 0);
  CHECK(session.engine().in_flight() == 0);
  CHECK(session.engine().counters().stale_cqes.load() == 0);
  // An aborted write may have left less than a whole file. The last word is one that was not aborted.
  std::vector<Ask> last;
  for (uint32_t i = 0; i < kFiles; i++) last.push_back(ask_write_file(paths[i], contents[i]));
  for (const Outcome& outcome : session.run_all(std::move(last))) CHECK(outcome.error == 0);
  size_t damaged = 0;
  for (uint32_t i = 0; i < kFiles; i++) damaged += read_plainly(paths[i]) != contents[i];
  CHECK(damaged == 0);
}

}  // namespace

TEST_CASE("a storm of everything: every byte is of the file that was asked for") {
  uint32_t start = seed();
  on_every_lane_and_disk([&](Session& session, const Folder& folder) { storm(session, folder, 300, start++); });
}

TEST_CASE("two engines at once in one process keep apart") {
  uint32_t start = seed();
  on_every_lane([&](Session& session, const Folder& folder) {
    const Folder other_folder(disk());
    Session other(all_lanes()[start++ % all_lanes().size()].policy);
    std::vector<Ask> mine;
    std::vector<Ask> theirs;
    for (uint32_t i = 0; i < 300; i++) {
      const auto name = std::to_string(i);
      mine.push_back(ask_write_file(folder / name, pattern(2000, i)));
      theirs.push_back(ask_write_file(other_folder / name, pattern(3000, i + 1000)));
    }
    session.submit(std::move(mine));
    other.submit(std::move(theirs));
    REQUIRE(session.turn_until([&] {
      other.turn(0);
      return session.engine().in_flight() + other.engine().in_flight() == 0;
    }));
    size_t wrong = 0;
    for (uint32_t i = 0; i < 300; i++) {
      const auto name = std::to_string(i);
      wrong += read_plainly(folder / name) != pattern(2000, i);
      wrong += read_plainly(other_folder / name) != pattern(3000, i + 1000);
    }
    CHECK(wrong == 0);
    CHECK(other.stop());
  });
}
