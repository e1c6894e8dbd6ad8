// Descriptors of the rarer kinds: sockets, devices without an end, direct I/O, pipes that break; and reads of handles
// whose files change, tried together.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "engine/limits.h"
#include "fault_plan.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr size_t kSize = kChainBytes + 5000;

struct Pair {
  std::array<int, 2> fds{-1, -1};
  ~Pair() {
    for (const int fd : fds) {
      if (fd >= 0) ::close(fd);
    }
  }
};

void close_end(int* fd) {
  ::close(*fd);
  *fd = -1;
}

Ask ask_whole(int fd) {
  Ask ask = ask_on(Op::kReadFile, fd);
  ask.flags = O_RDONLY;
  return ask;
}

Ask ask_write_whole(int fd, Bytes data) {
  Ask ask = ask_on(Op::kWriteFile, fd);
  ask.length = data.size();
  ask.view = std::move(data);
  return ask;
}

}  // namespace

TEST_CASE("a socket: a read waits for what is sent, and is over with the other end; a write arrives") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pair;
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.fds.data()) == 0);
    const uint32_t id = session.submit({ask_read(pair.fds[0], 100, -1)});
    session.turn_for(5);
    CHECK_FALSE(session.is_finished(id));
    REQUIRE(::write(pair.fds[1], "hello", 5) == 5);
    REQUIRE(session.turn_until_finished(id));
    CHECK(session.outcome(id).value == 5);
    CHECK(session.run(ask_write(pair.fds[0], pattern(50, 1), -1)).value == 50);
    Bytes got(50);
    CHECK(::read(pair.fds[1], got.data(), got.size()) == 50);
    CHECK((got == pattern(50, 1)));
    close_end(&pair.fds[1]);
    CHECK(session.run(ask_read(pair.fds[0], 100, -1)).value == 0);
  });
}

TEST_CASE("devices that nobody can wait for are read and written plainly: /dev/zero and /dev/null") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pair;
    pair.fds = {::open("/dev/zero", O_RDONLY | O_CLOEXEC), ::open("/dev/null", O_RDWR | O_CLOEXEC)};
    for (const int64_t position : {-1, 0, 500}) {
      const Outcome zeros = session.run(ask_read(pair.fds[0], 100, position));
      CHECK(zeros.value == 100);
      CHECK((zeros.bytes == Bytes(100)));
      CHECK(session.run(ask_read(pair.fds[1], 100, position)).value == 0);
      CHECK(session.run(ask_write(pair.fds[1], pattern(100, 1), position)).value == 100);
    }
    CHECK(session.run(ask_write(pair.fds[1], pattern(2 * kUserChunk, 1), -1)).value == 2 * kUserChunk);
    // Also where somebody has said that this is a plain file.
    Ask said = ask_read(pair.fds[1], 100, 0);
    said.options |= option::kPlainFile;
    CHECK(session.run(said).value == 0);
    CHECK(session.run(ask_whole(pair.fds[1])).bytes.empty());
    CHECK(session.run(ask_write_whole(pair.fds[1], pattern(kPoolWriteChunk + 100, 1))).error == 0);
    const Outcome full = session.run(ask_write_file("/dev/full", pattern(100, 1)));
    CHECK(full.error == ENOSPC);
    CHECK(full.call == Call::kWrite);
    CHECK(session.run(ask_write_file("/dev/null", pattern(100, 1))).error == 0);
  });
}

TEST_CASE("a pipe at a position is ESPIPE, for reading and for writing") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pipe;
    REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC) == 0);
    CHECK(session.run(ask_read(pipe.fds[0], 10, 5)).error == ESPIPE);
    CHECK(session.run(ask_write(pipe.fds[1], pattern(10, 1), 5)).error == ESPIPE);
  });
}

TEST_CASE("a pipe whose reader goes away amid a write: what it took is the answer, then EPIPE") {
  on_every_lane([](Session& session, const Folder&) {
    for (const size_t size : {size_t{300'000}, kUserChunk + 300'000}) {
      Pair pipe;
      REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC) == 0);
      const uint32_t id = session.submit({ask_write(pipe.fds[1], pattern(size, 1), -1)});
      // It has begun, and more than the pipe has room for is left.
      pollfd filled{pipe.fds[0], POLLIN, 0};
      REQUIRE(session.turn_until([&] { return ::poll(&filled, 1, 0) > 0; }));
      close_end(pipe.fds.data());
      REQUIRE(session.turn_until_finished(id));
      const Outcome& outcome = session.outcome(id);
      CHECK(outcome.error == 0);
      CHECK(outcome.value > 0);
      CHECK(outcome.value < static_cast<int64_t>(size));
      CHECK(session.run(ask_write(pipe.fds[1], pattern(10, 1), -1)).error == EPIPE);
    }
  });
}

TEST_CASE("a pipe with O_NONBLOCK takes what it has room for, and that is the answer") {
  on_every_lane([](Session& session, const Folder&) {
    for (const size_t size : {size_t{300'000}, 2 * kUserChunk}) {
      Pair pipe;
      REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC | O_NONBLOCK) == 0);
      const Outcome outcome = session.run(ask_write(pipe.fds[1], pattern(size, 1), -1));
      CHECK(outcome.error == 0);
      CHECK(outcome.value > 0);
      CHECK(outcome.value < static_cast<int64_t>(size));
      Bytes got(size);
      CHECK(::read(pipe.fds[0], got.data(), got.size()) == outcome.value);
      got.resize(static_cast<size_t>(outcome.value));
      const Bytes sent = pattern(size, 1);
      CHECK(std::equal(got.begin(), got.end(), sent.begin()));
    }
    // One whole piece fits, and there is more to write: a pipe of this caller's is not waited for.
    Pair wide;
    REQUIRE(::pipe2(wide.fds.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    if (::fcntl(wide.fds[1], F_SETPIPE_SZ, 1 << 20) < 0) return;
    CHECK(session.run(ask_write(wide.fds[1], pattern(2 * kUserChunk, 1), -1)).value == kUserChunk);
  });
}

TEST_CASE("readers of one empty pipe: one gets the byte that comes, and the others wait") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pipe;
    REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC) == 0);
    const uint32_t first = session.submit(std::vector<Ask>(4, ask_read(pipe.fds[0], 100, -1)));
    session.turn_for(5);
    REQUIRE(::write(pipe.fds[1], "x", 1) == 1);
    const auto got = [&] {
      size_t count = 0;
      for (uint32_t id = first; id < first + 4; id++)
        count += session.is_finished(id) && session.outcome(id).value == 1;
      return count;
    };
    REQUIRE(session.turn_until([&] { return got() == 1; }));
    session.turn_for(10);
    CHECK(got() == 1);
    for (uint32_t id = first; id < first + 4; id++) CHECK(session.outcome(id).error == 0);
    close_end(&pipe.fds[1]);
    REQUIRE(session.turn_until_idle());
  });
}

TEST_CASE("readers of one empty pipe with O_NONBLOCK: each is told so, and takes nothing of what comes later") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pipe;
    REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    for (const Outcome& outcome : session.run_all(std::vector<Ask>(4, ask_read(pipe.fds[0], 100, -1)))) {
      CHECK(outcome.error == EAGAIN);
      CHECK(outcome.call == Call::kRead);
    }
    REQUIRE(::write(pipe.fds[1], "x", 1) == 1);
    CHECK(session.run(ask_read(pipe.fds[0], 100, -1)).value == 1);
  });
}

TEST_CASE("a read of more than a pipe holds gives what is there, whole pieces and the rest") {
  on_every_lane([](Session& session, const Folder&) {
    Pair pipe;
    REQUIRE(::pipe2(pipe.fds.data(), O_CLOEXEC) == 0);
    if (::fcntl(pipe.fds[1], F_SETPIPE_SZ, 1 << 20) < 0) return;
    const Bytes sent = pattern(1 << 20, 1);
    REQUIRE(::write(pipe.fds[1], sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
    // Behind a whole piece there is nothing more, and the writer is still there.
    const Outcome outcome = session.run(ask_read(pipe.fds[0], 2 * kUserChunk, -1));
    CHECK(outcome.value == 1 << 20);
    CHECK(std::equal(sent.begin(), sent.end(), outcome.bytes.begin()));
  });
}

TEST_CASE("a file opened for direct I/O is read and written right, and never tried on the loop thread") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(16384, 1);
    write_plainly(folder / "file", content);
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
    if (fd < 0) {
      MESSAGE("no direct I/O here: not tried");
      return;
    }
    const Outcome outcome = session.run(ask_read(fd, 8192, 4096));
    CHECK(outcome.value == 8192);
    CHECK(std::equal(outcome.bytes.begin(), outcome.bytes.end(), content.begin() + 4096));
    CHECK(outcome.lane != Lane::kCached);
    CHECK(session.run(ask_write(fd, pattern(4096, 2), 0)).value == 4096);
    ::close(fd);
  });
}

TEST_CASE("a write to the end: behind what is there, at whatever position the descriptor is") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(100, 1));
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    CHECK(session.run(ask_write(fd, pattern(50, 2), -1)).value == 50);
    CHECK(session.run(ask_write(fd, pattern(kUserChunk + 10, 3), -1)).value == kUserChunk + 10);
    Bytes expected = pattern(100, 1);
    for (const Bytes& more : {pattern(50, 2), pattern(kUserChunk + 10, 3)}) {
      expected.insert(expected.end(), more.begin(), more.end());
    }
    CHECK((read_plainly(folder / "file") == expected));
    CHECK(::lseek(fd, 0, SEEK_CUR) == static_cast<off_t>(expected.size()));
    ::close(fd);
  });
}

TEST_CASE("an empty file is read as such only where it may be read") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "empty", Bytes());
    write_plainly(folder / "full", pattern(100, 1));
    for (const int flags : {O_RDONLY, O_RDWR}) {
      Ask ask = ask_read_file(folder / "empty");
      ask.flags = flags;
      const Outcome outcome = session.run(ask);
      CHECK(outcome.error == 0);
      CHECK(outcome.bytes.empty());
    }
    for (const int flags : {O_WRONLY, O_RDONLY | O_PATH, O_WRONLY | O_RDWR}) {
      INFO("flags ", flags);
      Ask ask = ask_read_file(folder / "empty");
      ask.flags = flags;
      CHECK(session.run(ask).error == EBADF);
      const int fd = ::open((folder / "empty").c_str(), flags | O_CLOEXEC);
      CHECK(session.run(ask_whole(fd)).error == EBADF);
      ::close(fd);
    }
    // At its end a handle has no more to give, and one that may not be read still says so.
    for (const int flags : {O_RDONLY, O_WRONLY}) {
      const int fd = ::open((folder / "full").c_str(), flags | O_CLOEXEC);
      REQUIRE(::lseek(fd, 0, SEEK_END) == 100);
      CHECK(session.run(ask_whole(fd)).error == (flags == O_RDONLY ? 0 : EBADF));
      ::close(fd);
    }
  });
}

TEST_CASE("reads together: nothing asked for, pages that are not there, and files that ended earlier, side by side") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(40'000, 1);
    write_plainly(folder / "file", content);
    write_plainly(folder / "cold", content);
    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    const int cold = ::open((folder / "cold").c_str(), O_RDONLY | O_CLOEXEC);
    // What Node's layer says of a handle once it knows: only of filesystems that tell cached pages from missing ones.
    struct statfs st {};
    REQUIRE(::fstatfs(fd, &st) == 0);
    const uint32_t plain = st.f_type == EXT4_SUPER_MAGIC || st.f_type == BTRFS_SUPER_MAGIC ? option::kPlainFile : 0;
    for (int round = 0; round < 3; round++) {
      make_cold(folder / "cold");
      std::vector<Ask> asks;
      for (int i = 0; i < 4; i++) {
        asks.push_back(ask_read(fd, 1000, i * 1000));
        asks.push_back(ask_read(cold, 1000, i * 1000));
        asks.push_back(ask_read(fd, 0, 0));
        asks.push_back(ask_read(fd, 1000, 39'500));
        asks.push_back(ask_read(fd, 1000, 50'000));
        asks.push_back(ask_read(fd, 1000, 0));
        asks.back().view_sizes = {0};
      }
      for (Ask& ask : asks) ask.options |= plain;
      const auto outcomes = session.run_all(std::move(asks));
      for (size_t i = 0; i < outcomes.size(); i++) {
        INFO("number ", i);
        CHECK(outcomes[i].error == 0);
        const std::array<int64_t, 6> counts = {1000, 1000, 0, 500, 0, 0};
        CHECK(outcomes[i].value == counts[i % 6]);
        const size_t from = i % 6 < 2 ? i / 6 * 1000 : 39'500;
        if (outcomes[i].value == 0) continue;
        CHECK(std::equal(outcomes[i].bytes.begin(), outcomes[i].bytes.begin() + outcomes[i].value,
                         content.begin() + static_cast<long>(from)));
      }
    }
    // A close of a handle that is known to be plain asks nothing.
    Ask close = ask_on(Op::kClose, fd, plain);
    CHECK(session.run(close).error == 0);
    CHECK(::fcntl(fd, F_GETFD) < 0);
    ::close(cold);
  });
}

TEST_CASE("handles among small files that are read together are each read from their own position") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(5000, 1);
    write_plainly(folder / "file", content);
    for (int round = 0; round < 2; round++) {
      std::vector<int> fds;
      std::vector<Ask> asks;
      for (int i = 0; i < 6; i++) {
        fds.push_back(::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC));
        REQUIRE(::lseek(fds.back(), 100 * i, SEEK_SET) == 100 * i);
        asks.push_back(ask_whole(fds.back()));
        asks.push_back(ask_read_file(folder / "file"));
        asks.back().flags = i % 2 == 0 ? O_RDONLY : O_RDWR;
      }
      const auto outcomes = session.run_all(std::move(asks));
      for (int i = 0; i < 6; i++) {
        const auto at = static_cast<size_t>(2 * i);
        CHECK((outcomes[at].bytes == Bytes(content.begin() + 100 * i, content.end())));
        CHECK((outcomes[at + 1].bytes == content));
        ::close(fds[static_cast<size_t>(i)]);
      }
    }
  });
}

TEST_CASE("fstat of a file of procfs, on every lane; an open that makes an unnamed file") {
  on_every_lane([](Session& session, const Folder& folder) {
    const int proc = ::open("/proc/self/limits", O_RDONLY | O_CLOEXEC);
    const Outcome outcome = session.run(ask_on(Op::kStat, proc));
    CHECK(outcome.error == 0);
    CHECK(S_ISREG(outcome.stx.stx_mode));
    ::close(proc);
    const Outcome unnamed = session.run(ask_open(folder.path(), O_RDWR | O_TMPFILE, 0600));
    REQUIRE(unnamed.error == 0);
    struct stat st {};
    CHECK(::fstat(static_cast<int>(unnamed.value), &st) == 0);
    CHECK(st.st_nlink == 0);
    CHECK((st.st_mode & 07777) == 0600);
    ::close(static_cast<int>(unnamed.value));
    CHECK(session.run(ask_open(folder / "missing", O_WRONLY)).error == ENOENT);
    CHECK(session.run(ask_open(folder / "missing", O_RDONLY | O_APPEND)).error == ENOENT);
  });
}

TEST_CASE("cancelled on a handle: each op is done or says ECANCELED, and no duplicate is left open") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(kSize, 1);
    write_plainly(folder / "file", content);
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    std::vector<Ask> asks;
    for (int i = 0; i < 40; i++) {
      asks.push_back(ask_read(fd, 10'000, 0));
      asks.push_back(ask_write(fd, pattern(100, 1), 0));
      asks.push_back(ask_on(Op::kSync, fd, option::kDataOnly));
      asks.push_back(ask_on(Op::kStat, fd));
      asks.push_back(ask_on(Op::kTruncate, fd));
      asks.back().position = static_cast<int64_t>(kSize);
      asks.push_back(ask_on(Op::kChmod, fd));
      asks.back().mode = 0644;
      asks.push_back(ask_on(Op::kUtimes, fd));
      asks.push_back(ask_write_whole(fd, pattern(100, 1)));
      asks.push_back(ask_whole(fd));
    }
    const size_t count = asks.size();
    fault::arm({fault::Point::kCall, fault::Manner::kMet, 0, 1, true, 1, fault::kHoldForLong});
    const uint32_t first = session.submit(std::move(asks));
    for (uint32_t i = 0; i < count; i++) session.engine().cancel(first + i);
    fault::disarm();
    REQUIRE(session.turn_until_idle());
    size_t wrong = 0;
    size_t cancelled = 0;
    for (uint32_t i = 0; i < count; i++) {
      const Outcome& outcome = session.outcome(first + i);
      cancelled += outcome.error == ECANCELED;
      wrong += outcome.finished != 1 || (outcome.error != 0 && outcome.error != ECANCELED);
    }
    CHECK(wrong == 0);
    CHECK(cancelled > 0);
    ::close(fd);
  });
}
