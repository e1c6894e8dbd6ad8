// Folders that the caller keeps open: opendir, readFolder, and the close of one.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

using Texts = std::vector<std::string>;
using Open = std::shared_ptr<Directory>;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

// The caller alone has it: an outcome that kept it too would keep it open.
Open open_folder(Session& session, const std::string& path) {
  const uint32_t id = session.submit({ask_path(Op::kOpendir, path)});
  REQUIRE(session.turn_until_finished(id));
  REQUIRE(session.outcome(id).error == 0);
  return std::exchange(session.outcome(id).folder, nullptr);
}

Ask ask_names(const Open& folder, uint64_t count) {
  Ask ask;
  ask.op = Op::kReadFolder;
  ask.options = option::kOnHandle | option::kFolder;
  ask.folder = folder;
  ask.length = count;
  return ask;
}

Ask ask_close(Open folder) {
  Ask ask;
  ask.op = Op::kClose;
  ask.options = option::kOnHandle | option::kFolder;
  ask.folder = std::move(folder);
  return ask;
}

Texts make_files(const Folder& folder, int count) {
  Texts expected;
  for (int i = 0; i < count; i++) {
    const std::string name = "name-of-a-file-" + std::to_string(i);
    write_plainly(folder / name, Bytes());
    expected.push_back("f" + name);
  }
  std::sort(expected.begin(), expected.end());
  return expected;
}

}  // namespace

TEST_CASE("opendir: an open folder that is close-on-exec, or a failure that names it") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    Open open = open_folder(session, folder.path());
    CHECK((::fcntl(open->fd(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(open->fd(), F_GETFL) & O_DIRECTORY) != 0);
    open.reset();
    write_plainly(folder / "file", Bytes());
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    REQUIRE(::symlink("loop", (folder / "loop").c_str()) == 0);
    const std::vector<std::pair<std::string, int>> cases = {{"missing", ENOENT},
                                                            {"missing/below", ENOENT},
                                                            {"file", ENOTDIR},
                                                            {"file/below", ENOTDIR},
                                                            {"fifo", ENOTDIR},
                                                            {"loop", ELOOP},
                                                            {std::string(256, 'n'), ENAMETOOLONG}};
    for (const auto& [name, error] : cases) {
      INFO(name);
      const Outcome outcome = session.run(ask_path(Op::kOpendir, folder / name));
      CHECK(outcome.error == error);
      CHECK(outcome.call == Call::kOpendir);
      CHECK((outcome.folder == nullptr));
    }
    CHECK(session.run(ask_path(Op::kOpendir, "")).error == ENOENT);
  });
}

TEST_CASE("readFolder: every name once, at least as many as asked for until the end, with kinds") {
  on_both_backends_and_disk([](Session& session, const Folder& folder) {
    const Texts expected = make_files(folder, 3000);
    for (const uint64_t count : {uint64_t{1}, uint64_t{32}, uint64_t{2000}, uint64_t{1} << 32}) {
      INFO("count ", count);
      const Open open = open_folder(session, folder.path());
      Texts found;
      for (;;) {
        const Outcome outcome = session.run(ask_names(open, count));
        REQUIRE(outcome.error == 0);
        CHECK(outcome.lane == Lane::kBlocking);
        CHECK(outcome.value == static_cast<int64_t>(outcome.names.size()));
        found.insert(found.end(), outcome.names.begin(), outcome.names.end());
        if (outcome.names.size() < count) break;
        // The room of one system call, whatever memory the job has left from an op before.
        if (count == 1) CHECK(outcome.names.size() < 1500);
      }
      CHECK(session.run(ask_names(open, count)).names.empty());
      std::sort(found.begin(), found.end());
      CHECK((found == expected));
    }
  });
}

TEST_CASE("readFolder: a folder that has been removed is at its end") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    REQUIRE(::mkdir((folder / "short-lived").c_str(), 0777) == 0);
    const Open open = open_folder(session, folder / "short-lived");
    REQUIRE(::rmdir((folder / "short-lived").c_str()) == 0);
    const Outcome outcome = session.run(ask_names(open, 5));
    CHECK(outcome.error == 0);
    CHECK(outcome.names.empty());
  });
}

TEST_CASE("readFolder: failures name readdir") {
  on_every_lane([](Session& session, const Folder& folder) {
    write_plainly(folder / "file", Bytes());
    const int file = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    const Outcome outcome = session.run(ask_names(std::make_shared<Directory>(file), 5));
    CHECK(outcome.error == ENOTDIR);
    CHECK(outcome.call == Call::kReaddir);
    CHECK_FALSE(is_open(file));
  });
}

TEST_CASE("close of a folder: at once, or when the read that works on it is through") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    const Texts expected = make_files(folder, 500);
    Open alone = open_folder(session, folder.path());
    const int fd = alone->fd();
    CHECK(session.run(ask_close(std::move(alone))).error == 0);
    CHECK_FALSE(is_open(fd));

    Open open = open_folder(session, folder.path());
    const int read_fd = open->fd();
    std::vector<Ask> asks;
    asks.push_back(ask_names(open, 1000));
    asks.push_back(ask_close(std::move(open)));
    const std::vector<Outcome> outcomes = session.run_all(std::move(asks));
    CHECK(outcomes[0].error == 0);
    CHECK(outcomes[0].names.size() == expected.size());
    CHECK(outcomes[1].error == 0);
    CHECK_FALSE(is_open(read_fd));
  });
}

TEST_CASE("stop: folders that are being opened, read and closed leave no descriptor") {
  on_every_lane_in_memory([](Session& session, const Folder& folder) {
    make_files(folder, 3000);
    std::vector<Ask> asks;
    for (int i = 0; i < 40; i++) {
      asks.push_back(ask_names(open_folder(session, folder.path()), 5000));
      asks.push_back(ask_close(open_folder(session, folder.path())));
      asks.push_back(ask_path(Op::kOpendir, folder.path()));
    }
    const uint32_t first = session.submit(std::move(asks));
    CHECK(session.stop());
    for (uint32_t id = first; id < first + 120; id++) session.outcome(id).folder.reset();
  });
}
