// Cached attempts that share a system call, and attempts made in the caller's own call.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

Bytes text(const std::string& words) { return Bytes(words.begin(), words.end()); }

std::vector<Ask> reads_of(const std::vector<std::string>& paths, uint32_t options = 0) {
  std::vector<Ask> asks;
  for (const auto& path : paths) asks.push_back(ask_read_file(path, options));
  return asks;
}

// Enough small files that their attempts share a ring.
std::vector<std::string> small_files(const Folder& folder, size_t count) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < count; i++) {
    paths.push_back(folder / ("small-" + std::to_string(i)));
    write_plainly(paths.back(), pattern(100 + i, static_cast<uint32_t>(i)));
  }
  return paths;
}

}  // namespace

TEST_CASE("attempts together: every size around the bounds of the first read, as bytes and as text") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    std::vector<std::string> paths;
    std::vector<Bytes> contents;
    for (const size_t size : {size_t{0}, size_t{1}, kChainBytes - 1, kChainBytes, kChainBytes + 1, kChainBytes + 63,
                              kChainBytes + 64, kChainBytes + 65, kCachedBytesMax, kCachedBytesMax + 1}) {
      paths.push_back(folder / std::to_string(size));
      contents.push_back(pattern(size, static_cast<uint32_t>(size + 1)));
      write_plainly(paths.back(), contents.back());
    }
    for (const uint32_t options : {0u, option::kLatin1}) {
      const auto outcomes = session.run_all(reads_of(paths, options));
      for (size_t i = 0; i < paths.size(); i++) {
        INFO("a file of ", contents[i].size(), " bytes");
        CHECK(outcomes[i].error == 0);
        CHECK((outcomes[i].bytes == contents[i]));
      }
    }
  });
}

TEST_CASE("attempts together: a FIFO among them loses nothing it has said, and its writer hears no hang-up") {
  on_every_lane([](Session& session, const Folder& folder) {
    auto paths = small_files(folder, 12);
    session.run_all(reads_of(paths));
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
    const int keep = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    REQUIRE(::write(keep, "one", 3) == 3);
    paths[5] = fifo;
    const uint32_t first = session.submit(reads_of(paths));
    // Read, so that it is open there: what nobody has open loses what it was told.
    REQUIRE(session.turn_until([&] { return bytes_waiting(keep) == 0; }));
    session.turn_for(10);
    CHECK_FALSE(session.is_finished(first + 5));
    REQUIRE(::write(keep, "two", 3) == 3);
    session.turn_for(10);
    ::close(keep);
    REQUIRE(session.turn_until_idle());
    CHECK((session.outcome(first + 5).bytes == text("onetwo")));
    CHECK((session.outcome(first + 4).bytes == pattern(104, 4)));
    CHECK((session.outcome(first + 6).bytes == pattern(106, 6)));
  });
}

TEST_CASE("attempts together: what is missing, forbidden or a folder fails as it would alone") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    auto paths = small_files(folder, 12);
    session.run_all(reads_of(paths));
    paths[1] = folder / "nowhere";
    paths[3] = folder.path();
    paths[5] = paths[0] + "/below-a-file";
    REQUIRE(::symlink("loop", (folder / "loop").c_str()) == 0);
    paths[7] = folder / "loop";
    const auto outcomes = session.run_all(reads_of(paths));
    const std::array<int, 12> errors = {0, ENOENT, 0, EISDIR, 0, ENOTDIR, 0, ELOOP, 0, 0, 0, 0};
    for (size_t i = 0; i < paths.size(); i++) {
      INFO("number ", i);
      CHECK(outcomes[i].error == errors[i]);
      if (errors[i] == 0) CHECK((outcomes[i].bytes == pattern(100 + i, static_cast<uint32_t>(i))));
    }
  });
}

TEST_CASE("attempts together: /proc has no end to be seen at once, and is read to it all the same") {
  on_every_lane([](Session& session, const Folder& folder) {
    auto paths = small_files(folder, 8);
    session.run_all(reads_of(paths));
    paths[2] = "/proc/self/maps";
    paths[4] = "/proc/sys/kernel/ostype";
    const auto outcomes = session.run_all(reads_of(paths));
    CHECK(outcomes[2].error == 0);
    CHECK(outcomes[2].bytes.size() > 1000);
    CHECK((outcomes[4].bytes == text("Linux\n")));
  });
}

TEST_CASE("reads together: into the callers' own buffers, the last one short at the end of the file") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    const Bytes content = pattern(10'000, 9);
    write_plainly(path, content);
    read_plainly(path);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    for (const uint32_t options : {0u, option::kPlainFile}) {
      // Said of a file on a tmpfs it would not be true.
      if (options != 0 && folder.path().rfind("/dev/shm", 0) == 0) continue;
      std::vector<Ask> asks;
      for (int i = 0; i < 10; i++) {
        asks.push_back(ask_read(fd, 1024, i * 1000));
        asks.back().options |= options;
      }
      const auto outcomes = session.run_all(std::move(asks));
      for (size_t i = 0; i < 10; i++) {
        const size_t wanted = i < 9 ? 1024 : 1000;
        CHECK(outcomes[i].error == 0);
        CHECK(outcomes[i].value == static_cast<int64_t>(wanted));
        const Bytes got(outcomes[i].bytes.begin(), outcomes[i].bytes.begin() + static_cast<long>(wanted));
        CHECK((got == Bytes(content.begin() + static_cast<long>(i * 1000),
                            content.begin() + static_cast<long>(i * 1000 + wanted))));
      }
    }
    ::close(fd);
  });
}

TEST_CASE(
    "an attempt at once: done, it leaves nothing behind; missed, it goes on as the op it is; or nobody wants it") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    const Bytes content = pattern(5000, 3);
    write_plainly(path, content);
    read_plainly(path);
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
    Engine& engine = session.engine();
    // Each with the time of an iteration of its own, however slow a sanitizer makes it.
    const auto attempt = [&](Job* job) {
      engine.new_iteration();
      return engine.attempt(job);
    };

    Job* job = job_for(session, ask_read_file(path));
    const auto became = attempt(job);
    if (became == Engine::Attempt::kDone) {
      CHECK(job->error == 0);
      CHECK(job->done == content.size());
      CHECK(job->fd == -1);
      engine.give_back(job);
      CHECK(engine.in_flight() == 0);

      job = job_for(session, ask_read_file(folder / "nowhere"));
      if (attempt(job) == Engine::Attempt::kDone) CHECK(job->error == ENOENT);
      engine.give_back(job);

      const int before = count_descriptors();
      job = job_for(session, ask_read_file(fifo));
      REQUIRE(attempt(job) == Engine::Attempt::kMissed);
      const uint32_t id = job->id;
      engine.begin_batch();
      engine.adopt(job);
      engine.end_batch();
      CHECK(engine.in_flight() == 1);
      const int keep = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
      REQUIRE(::write(keep, "late", 4) == 4);
      ::close(keep);
      REQUIRE(session.turn_until_finished(id));
      CHECK((session.outcome(id).bytes == text("late")));

      job = job_for(session, ask_read_file(fifo));
      REQUIRE(attempt(job) == Engine::Attempt::kMissed);
      engine.abandon(job);
      CHECK(count_descriptors() <= before + 4);  // parking has begun
    } else {
      CHECK(became == Engine::Attempt::kNotTried);
      engine.give_back(job);
    }
  });
}

TEST_CASE("a path seen in the caches a moment ago is asked about again, and tells of every change") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    write_plainly(path, pattern(10, 1));
    const auto size = [&] { return session.run(ask_path(Op::kStat, path)).stx.stx_size; };
    CHECK(size() == 10);
    CHECK(size() == 10);
    write_plainly(path, pattern(20, 1));
    CHECK(size() == 20);
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK(session.run(ask_path(Op::kStat, path)).error == ENOENT);
    REQUIRE(::symlink("other", path.c_str()) == 0);
    CHECK(session.run(ask_path(Op::kStat, path)).error == ENOENT);
    CHECK(S_ISLNK(session.run(ask_path(Op::kStat, path, 0, 0, option::kNoFollow)).stx.stx_mode));
    write_plainly(folder / "other", pattern(30, 1));
    CHECK(size() == 30);
    CHECK(session.run(ask_path(Op::kAccess, path, R_OK)).error == 0);
    CHECK(session.run(ask_path(Op::kAccess, path, R_OK)).error == 0);
  });
}
