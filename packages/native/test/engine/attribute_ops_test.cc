// chmod, chown, utimes and statfs.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

struct stat look(const std::string& path) {
  struct stat st {};
  REQUIRE(::lstat(path.c_str(), &st) == 0);
  return st;
}

Ask ask_times(const std::string& path, double atime, double mtime, uint32_t options = 0) {
  Ask ask = ask_path(Op::kUtimes, path, 0, 0, options);
  ask.atime = atime;
  ask.mtime = mtime;
  return ask;
}

int64_t ns(const timespec& time) { return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

}  // namespace

TEST_CASE("chmod and fchmod: the bits that were asked for, past the umask") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    CHECK(session.run(ask_path(Op::kChmod, folder / "file", 0, 06712)).error == 0);
    CHECK((look(folder / "file").st_mode & 07777) == 06712);
    const Outcome missing = session.run(ask_path(Op::kChmod, folder / "missing", 0, 0600));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kChmod);

    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    Ask on_fd = ask_on(Op::kChmod, fd);
    on_fd.mode = 0640;
    CHECK(session.run(on_fd).error == 0);
    CHECK((look(folder / "file").st_mode & 07777) == 0640);
    ::close(fd);
    const Outcome closed = session.run(on_fd);
    CHECK(closed.error == EBADF);
  });
}

TEST_CASE("chown, lchown and fchown: of the file, of the link, of the descriptor") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    REQUIRE(::symlink("file", (folder / "link").c_str()) == 0);
    // Nobody but root may give files away; to leave both as they are is everybody's.
    const bool root = ::geteuid() == 0;
    const int user = root ? 4711 : -1;
    const uint32_t group = root ? 4712 : UINT32_MAX;
    CHECK(session.run(ask_path(Op::kChown, folder / "link", user, group)).error == 0);
    CHECK(session.run(ask_path(Op::kChown, folder / "link", root ? 1 : -1, UINT32_MAX, option::kNoFollow)).error == 0);
    if (root) {
      CHECK(look(folder / "file").st_uid == 4711);
      CHECK(look(folder / "file").st_gid == 4712);
      CHECK(look(folder / "link").st_uid == 1);
      CHECK(look(folder / "link").st_gid == 0);
    }
    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    Ask on_fd = ask_on(Op::kChown, fd);
    on_fd.flags = root ? 12 : -1;
    on_fd.mode = UINT32_MAX;
    CHECK(session.run(on_fd).error == 0);
    ::close(fd);
    if (root) {
      CHECK(look(folder / "file").st_uid == 12);
      CHECK(look(folder / "file").st_gid == 4712);
    }
    CHECK(session.run(ask_path(Op::kChown, folder / "no", -1, UINT32_MAX)).call == Call::kChown);
    const Outcome missing = session.run(ask_path(Op::kChown, folder / "no", -1, UINT32_MAX, option::kNoFollow));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kLchown);
  });
}

TEST_CASE("utimes: seconds become a timespec as libuv's, to the nanosecond or to the microsecond") {
  struct Row {
    double seconds;
    int64_t exact;
    int64_t micro;
  };
  // As Node 26 (libuv 1.52) and Node 20 (1.46) set them.
  const std::vector<Row> rows = {
      {0, 0, 0},
      {1.1234567891, 1'123'456'789, 1'123'456'000},
      {1700000000.123456, 1'700'000'000'123'456'001, 1'700'000'000'123'456'000},
      {2147483648.7, 2'147'483'648'699'999'809, 2'147'483'648'699'999'000},
      {-3, -3'000'000'000, -3'000'000'000},
      {-1.5, -1'500'000'000, -1'500'000'000},
      {-0.25, -250'000'000, -250'000'000},
  };
  on_every_lane_and_disk([&](Session& session, const Folder& folder) {
    write_plainly(folder / "file", pattern(7, 1));
    REQUIRE(::symlink("file", (folder / "link").c_str()) == 0);
    for (const Row& row : rows) {
      INFO("seconds ", row.seconds);
      CHECK(session.run(ask_times(folder / "link", row.seconds, 1, option::kNanoseconds)).error == 0);
      CHECK(ns(look(folder / "file").st_atim) == row.exact);
      CHECK(ns(look(folder / "file").st_mtim) == 1'000'000'000);
      CHECK(session.run(ask_times(folder / "file", 1, row.seconds)).error == 0);
      CHECK(ns(look(folder / "file").st_mtim) == row.micro);
    }
    CHECK(session.run(ask_times(folder / "link", 5, 6, option::kNoFollow)).error == 0);
    CHECK(ns(look(folder / "link").st_mtim) == 6'000'000'000);
    CHECK(ns(look(folder / "file").st_mtim) == -250'000'000);

    const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    Ask on_fd = ask_times("", 7, 8, option::kOnHandle);
    on_fd.fd = fd;
    CHECK(session.run(on_fd).error == 0);
    CHECK(ns(look(folder / "file").st_mtim) == 8'000'000'000);
    ::close(fd);

    CHECK(session.run(ask_times(folder / "missing", 1, 1)).call == Call::kUtime);
    const Outcome missing = session.run(ask_times(folder / "missing", 1, 1, option::kNoFollow));
    CHECK(missing.error == ENOENT);
    CHECK(missing.call == Call::kLutime);
  });
}

TEST_CASE("statfs: what the kernel says, also of a relative path") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    struct statfs st {};
    REQUIRE(::statfs(folder.path().c_str(), &st) == 0);
    const Outcome outcome = session.run(ask_path(Op::kStatfs, folder.path()));
    CHECK(outcome.error == 0);
    CHECK(outcome.statfs[0] == static_cast<uint64_t>(st.f_type));
    CHECK(outcome.statfs[1] == static_cast<uint64_t>(st.f_bsize));
    CHECK(outcome.statfs[2] == static_cast<uint64_t>(st.f_frsize));
    CHECK(outcome.statfs[3] == st.f_blocks);
    CHECK(outcome.statfs[6] == st.f_files);
    CHECK(session.run(ask_path(Op::kStatfs, ".")).error == 0);
    for (const std::string name : {"", "missing", "/missing"}) {
      const Outcome missing = session.run(ask_path(Op::kStatfs, name));
      CHECK(missing.error == ENOENT);
      CHECK(missing.call == Call::kStatfs);
    }
  });
}
