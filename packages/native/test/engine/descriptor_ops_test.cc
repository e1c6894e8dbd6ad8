#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// A descriptor that cannot even be duplicated fails before its call: core names the op's own call then.
bool names(const Outcome& outcome, Call call) { return outcome.call == call || outcome.call == Call::kNone; }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

struct Pipe {
  std::array<int, 2> fds{};
  Pipe() { REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(fds[0]);
    if (fds[1] >= 0) ::close(fds[1]);
  }
  void close_writer() {
    ::close(fds[1]);
    fds[1] = -1;
  }
};

}  // namespace

TEST_CASE("open: the descriptor is the caller's, blocking and close-on-exec") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    for (const int flags :
         {O_RDWR | O_CREAT, O_RDONLY, O_WRONLY, O_RDWR | O_TRUNC, O_WRONLY | O_APPEND, O_RDONLY | O_NONBLOCK}) {
      INFO("flags ", flags);
      const Outcome outcome = session.run(ask_open(path, flags, 0640));
      REQUIRE(outcome.error == 0);
      const int fd = static_cast<int>(outcome.value);
      REQUIRE(fd >= 0);
      CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
      CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == (flags & O_NONBLOCK));
      CHECK((::fcntl(fd, F_GETFL) & O_ACCMODE) == (flags & O_ACCMODE));
      const Outcome closed = session.run(ask_on(Op::kClose, fd));
      CHECK(closed.error == 0);
      CHECK_FALSE(is_open(fd));
    }
    CHECK(session.run(ask_open(folder / "missing", O_RDONLY)).error == ENOENT);
    CHECK(session.run(ask_open(folder / "missing", O_RDONLY)).call == Call::kOpen);
    CHECK(session.run(ask_open(path, O_WRONLY | O_CREAT | O_EXCL)).error == EEXIST);
    CHECK(session.run(ask_open(path, O_RDONLY | O_DIRECTORY)).error == ENOTDIR);
    CHECK(session.run(ask_open(folder.path(), O_WRONLY)).error == EISDIR);
  });
}

TEST_CASE("open with O_PATH: whatever is there, without a wait and without a right to read it") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    REQUIRE(::chmod((folder / "file").c_str(), 0) == 0);
    REQUIRE(::mkdir((folder / "folder").c_str(), 0777) == 0);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    REQUIRE(::symlink("nowhere", (folder / "link").c_str()) == 0);
    for (const char* name : {"file", "folder", "fifo", "link"}) {
      for (const int more : {0, O_NONBLOCK, O_CLOEXEC}) {
        INFO(name, " ", more);
        const Outcome outcome = session.run(ask_open(folder / name, O_PATH | O_NOFOLLOW | more));
        REQUIRE(outcome.error == 0);
        const int fd = static_cast<int>(outcome.value);
        CHECK((::fcntl(fd, F_GETFL) & O_PATH) != 0);
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(session.run(ask_on(Op::kClose, fd)).error == 0);
      }
    }
    CHECK(session.run(ask_open(folder / "missing", O_PATH)).error == ENOENT);
    CHECK(session.run(ask_open(folder / "link", O_PATH)).error == ENOENT);
  });
}

TEST_CASE("close: a bad descriptor is told, and no other one is closed") {
  on_every_lane([](Session& session, const Folder&) {
    const int before = count_descriptors();
    const Outcome outcome = session.run(ask_on(Op::kClose, 9999));
    CHECK(outcome.error == EBADF);
    CHECK(outcome.call == Call::kClose);
    CHECK(count_descriptors() >= before);
  });
}

TEST_CASE("close: what was asked of the descriptor before comes first, however much it is") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Bytes content = pattern(20'000, 1);
    write_plainly(folder / "file", content);
    write_plainly(folder / "other", pattern(20'000, 2));
    // One that fits into a shared attempt, more than are away at once, and in between files that share an attempt too.
    for (const size_t reads : {size_t{10}, 2 * kMaxAway + 1}) {
      const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
      REQUIRE(fd >= 0);
      std::vector<Ask> asks;
      for (size_t i = 0; i < reads; i++) {
        asks.push_back(ask_read(fd, 1000, static_cast<int64_t>(i % 19'000)));
        if (i % 3 == 0) asks.push_back(ask_read_file(folder / "other"));
      }
      const size_t close_at = asks.size();
      asks.push_back(ask_on(Op::kClose, fd));
      // Whoever opens now gets the number of a descriptor that was closed too early.
      for (int i = 0; i < 20; i++) asks.push_back(ask_open(folder / "other", O_RDONLY));
      const auto outcomes = session.run_all(std::move(asks));
      size_t wrong = 0;
      size_t n = 0;
      for (size_t i = 0; i < close_at; i++) {
        if (i % 4 == 1) continue;  // a readFile
        const auto from = static_cast<ptrdiff_t>(n++ % 19'000);
        wrong += outcomes[i].error != 0 || outcomes[i].value != 1000 ||
                 !std::equal(outcomes[i].bytes.begin(), outcomes[i].bytes.begin() + 1000, content.begin() + from);
      }
      CHECK(wrong == 0);
      CHECK(n == reads);
      CHECK(outcomes[close_at].error == 0);
      for (size_t i = close_at + 1; i < outcomes.size(); i++) {
        if (outcomes[i].error == 0) ::close(static_cast<int>(outcomes[i].value));
      }
    }
  });
}

TEST_CASE("close: a cancelled close has closed all the same") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(10, 1));
    std::vector<Ask> asks;
    std::vector<int> fds;
    // Written to as well, so that no cached attempt answers.
    for (int i = 0; i < 600; i++) {
      fds.push_back(::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC));
      REQUIRE(fds.back() >= 0);
      asks.push_back(ask_on(Op::kClose, fds.back()));
    }
    const uint32_t first = session.submit(std::move(asks));
    for (uint32_t i = 0; i < 600; i++) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    size_t left = 0;
    for (const int fd : fds) left += is_open(fd);
    CHECK(left == 0);
  });
}

TEST_CASE("read: the bytes at the position asked for, and not one beyond what was asked") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const size_t size = 2 * kUserChunk + 777;
    const Bytes content = pattern(size, 5);
    write_plainly(folder / "file", content);
    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    struct Case {
      size_t length;
      size_t from;
    };
    for (const Case& c : std::vector<Case>{{0, 0},
                                           {1, 0},
                                           {100, 5},
                                           {4096, size - 10},
                                           {10, size},
                                           {10, size + 5},
                                           {kUserChunk, 3},
                                           {kUserChunk + 1, 3},
                                           {size, 0},
                                           {size + 1, 0},
                                           {3 * kUserChunk, 1}}) {
      INFO(c.length, " bytes from ", c.from);
      const size_t there = c.from < size ? std::min(c.length, size - c.from) : 0;
      for (const bool own : {false, true}) {
        if (own) REQUIRE(::lseek(fd, static_cast<off_t>(c.from), SEEK_SET) == static_cast<off_t>(c.from));
        const Outcome outcome = session.run(ask_read(fd, c.length, own ? -1 : static_cast<int64_t>(c.from)));
        CHECK(outcome.error == 0);
        CHECK(outcome.value == static_cast<int64_t>(there));
        REQUIRE(outcome.bytes.size() == c.length);
        Bytes expected(c.length, kPoison);
        if (there > 0) std::memcpy(expected.data(), content.data() + c.from, there);
        CHECK((outcome.bytes == expected));
        if (own) CHECK(::lseek(fd, 0, SEEK_CUR) == static_cast<off_t>(c.from + there));
      }
    }
    ::close(fd);
  });
}

TEST_CASE("read: a buffer that shrinks gets what fits") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(3 * kUserChunk, 5);
    write_plainly(folder / "file", content);
    make_cold(folder / "file");
    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    for (const auto& view_sizes :
         std::vector<std::vector<size_t>>{{0}, {100}, {3 * kUserChunk, 100}, {kUserChunk + 5}}) {
      Ask ask = ask_read(fd, 3 * kUserChunk, 0);
      ask.view_sizes = view_sizes;
      const Outcome outcome = session.run(std::move(ask));
      CHECK(outcome.error == 0);
      REQUIRE(outcome.value <= 3 * static_cast<int64_t>(kUserChunk));
      const size_t valid = std::min<size_t>(static_cast<size_t>(outcome.value), outcome.bytes.size());
      CHECK(std::equal(outcome.bytes.begin(), outcome.bytes.begin() + static_cast<long>(valid), content.begin()));
    }
    ::close(fd);
  });
}

TEST_CASE("read and write: failures name their call, and a part of the buffer can be meant") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(100, 1));
    const int reader = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    const int writer = ::open((folder / "file").c_str(), O_WRONLY | O_CLOEXEC);
    const int dir = ::open(folder.path().c_str(), O_RDONLY | O_CLOEXEC);
    CHECK(session.run(ask_read(9999, 10, 0)).error == EBADF);
    CHECK(names(session.run(ask_read(9999, 10, 0)), Call::kRead));
    CHECK(session.run(ask_read(writer, 10, 0)).error == EBADF);
    CHECK(session.run(ask_read(dir, 10, 0)).error == EISDIR);
    CHECK(session.run(ask_write(9999, pattern(10, 1), 0)).error == EBADF);
    CHECK(names(session.run(ask_write(9999, pattern(10, 1), 0)), Call::kWrite));
    CHECK(session.run(ask_write(reader, pattern(10, 1), 0)).error == EBADF);
    Ask part = ask_read(reader, 10, 5);
    part.view.assign(30, 0);
    part.view_offset = 7;
    const Outcome outcome = session.run(std::move(part));
    CHECK(outcome.value == 10);
    const Bytes content = pattern(100, 1);
    CHECK(std::equal(outcome.bytes.begin() + 7, outcome.bytes.begin() + 17, content.begin() + 5));
    CHECK(outcome.bytes[6] == 0);
    CHECK(outcome.bytes[17] == 0);
    for (const int fd : {reader, writer, dir}) ::close(fd);
  });
}

TEST_CASE("write: the bytes stand at the position asked for, in any number of pieces") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, kUserChunk, kUserChunk + 1, 3 * kUserChunk + 5}) {
      for (const bool own : {false, true}) {
        INFO(size, " bytes");
        write_plainly(path, pattern(10, 1));
        const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (own) ::lseek(fd, 3, SEEK_SET);
        const Bytes data = pattern(size, 2);
        const Outcome outcome = session.run(ask_write(fd, data, own ? -1 : 3));
        CHECK(outcome.error == 0);
        CHECK(outcome.value == static_cast<int64_t>(size));
        Bytes expected = pattern(10, 1);
        expected.resize(std::max<size_t>(10, 3 + size));
        std::copy(data.begin(), data.end(), expected.begin() + 3);
        CHECK((read_plainly(path) == expected));
        ::close(fd);
      }
    }
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    const Outcome outcome = session.run(ask_write(full, pattern(10, 1), -1));
    CHECK(outcome.error == ENOSPC);
    CHECK(outcome.call == Call::kWrite);
    ::close(full);
  });
}

TEST_CASE("write: a buffer that shrinks gives what it still has") {
  on_every_lane([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    for (const auto& view_sizes :
         std::vector<std::vector<size_t>>{{0}, {100}, {3 * kUserChunk, 100}, {kUserChunk + 5}}) {
      write_plainly(path, {});
      const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      Ask ask = ask_write(fd, pattern(3 * kUserChunk, 2), 0);
      ask.view_sizes = view_sizes;
      const Outcome outcome = session.run(std::move(ask));
      CHECK(outcome.error == 0);
      const Bytes there = read_plainly(path);
      CHECK(there.size() == static_cast<size_t>(outcome.value));
      const Bytes data = pattern(3 * kUserChunk, 2);
      CHECK(std::equal(there.begin(), there.end(), data.begin()));
      ::close(fd);
    }
  });
}

TEST_CASE("a pipe: a read waits for data without holding a thread, and ends with the last writer") {
  on_every_lane([](Session& session, const Folder&) {
    Pipe pipe;
    const uint32_t id = session.submit({ask_read(pipe.fds[0], 100, -1)});
    session.turn_for(20);
    CHECK_FALSE(session.is_finished(id));
    REQUIRE(::write(pipe.fds[1], "hello", 5) == 5);
    REQUIRE(session.turn_until_finished(id));
    CHECK(session.outcome(id).value == 5);
    CHECK(std::equal(session.outcome(id).bytes.begin(), session.outcome(id).bytes.begin() + 5, "hello"));
    const uint32_t last = session.submit({ask_read(pipe.fds[0], 100, -1)});
    session.turn_for(5);
    pipe.close_writer();
    REQUIRE(session.turn_until_finished(last));
    CHECK(session.outcome(last).error == 0);
    CHECK(session.outcome(last).value == 0);
  });
}

TEST_CASE("a pipe: a cancelled read ends, and takes no bytes along") {
  on_every_lane([](Session& session, const Folder&) {
    const Pipe pipe;
    const uint32_t id = session.submit({ask_read(pipe.fds[0], 100, -1)});
    session.turn_for(10);
    session.engine().cancel(id);
    REQUIRE(session.turn_until_finished(id));
    CHECK(session.outcome(id).error == ECANCELED);
    REQUIRE(::write(pipe.fds[1], "hello", 5) == 5);
    CHECK(session.run(ask_read(pipe.fds[0], 100, -1)).value == 5);
  });
}

TEST_CASE("a pipe: a write larger than the pipe arrives whole, and so does writeFile on one") {
  on_every_lane([](Session& session, const Folder&) {
    for (const bool whole_file : {false, true}) {
      Pipe pipe;
      const Bytes data = pattern(2 * kUserChunk + 11, 4);
      Ask ask = ask_write(pipe.fds[1], data, -1);
      if (whole_file) ask.op = Op::kWriteFile;
      Bytes got;
      std::thread reader([&] {
        std::array<uint8_t, 10'000> part{};
        for (;;) {
          const ssize_t n = ::read(pipe.fds[0], part.data(), part.size());
          if (n <= 0) return;
          got.insert(got.end(), part.begin(), part.begin() + n);
        }
      });
      const uint32_t id = session.submit({std::move(ask)});
      const bool done = session.turn_until_finished(id);
      pipe.close_writer();
      reader.join();
      REQUIRE(done);
      CHECK(session.outcome(id).error == 0);
      if (!whole_file) CHECK(session.outcome(id).value == static_cast<int64_t>(data.size()));
      CHECK((got == data));
    }
  });
}

TEST_CASE("a pipe: its caller's O_NONBLOCK makes an empty read answer EAGAIN, as in Node") {
  on_every_lane([](Session& session, const Folder&) {
    const Pipe pipe;
    REQUIRE(::fcntl(pipe.fds[0], F_SETFL, O_NONBLOCK) == 0);
    const uint32_t id = session.submit({ask_read(pipe.fds[0], 100, -1)});
    session.turn_for(10);
    REQUIRE(::write(pipe.fds[1], "x", 1) == 1);
    REQUIRE(session.turn_until_finished(id));
    CHECK((session.outcome(id).error == EAGAIN || session.outcome(id).value == 1));
  });
}

TEST_CASE("sync and truncate: they act on the file, and failures name their call") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const std::string path = folder / "file";
    write_plainly(path, pattern(1000, 1));
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    CHECK(session.run(ask_on(Op::kSync, fd)).error == 0);
    CHECK(session.run(ask_on(Op::kSync, fd, option::kDataOnly)).error == 0);
    for (const int64_t length : {2000, 10, 0, 5}) {
      Ask ask = ask_on(Op::kTruncate, fd);
      ask.position = length;
      CHECK(session.run(std::move(ask)).error == 0);
      CHECK(read_plainly(path).size() == static_cast<size_t>(length));
    }
    Ask denied = ask_on(Op::kTruncate, reader);
    denied.position = 1;
    const Outcome outcome = session.run(std::move(denied));
    CHECK(outcome.error == EINVAL);
    CHECK(outcome.call == Call::kFtruncate);
    const Pipe pipe;
    CHECK(session.run(ask_on(Op::kSync, pipe.fds[1])).error == EINVAL);
    CHECK(session.run(ask_on(Op::kSync, pipe.fds[1])).call == Call::kFsync);
    CHECK(session.run(ask_on(Op::kSync, 9999)).error == EBADF);
    CHECK(names(session.run(ask_on(Op::kSync, 9999, option::kDataOnly)), Call::kFdatasync));
    ::close(fd);
    ::close(reader);
  });
}

TEST_CASE("fstat: the descriptor's own file, even after its name is gone") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(1234, 1));
    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::unlink((folder / "file").c_str()) == 0);
    const Outcome outcome = session.run(ask_on(Op::kStat, fd));
    CHECK(outcome.error == 0);
    CHECK(outcome.stx.stx_size == 1234);
    CHECK(outcome.stx.stx_nlink == 0);
    ::close(fd);
    const Outcome bad = session.run(ask_on(Op::kStat, 9999));
    CHECK(bad.error == EBADF);
    CHECK(names(bad, Call::kFstat));
  });
}
