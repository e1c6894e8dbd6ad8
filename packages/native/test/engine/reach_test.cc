// Whether what a job is about lies on a filesystem that may never answer: by its paths, its folder and its descriptor.
#include "engine/reach.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/mounts.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr const char* kNoSwap = "Filename Type Size Used Priority\n";
constexpr const char* kRoot = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";

// A folder with links in it, and a table that says that a server's filesystem is mounted at `far` in it.
struct Country {
  Country() : folder(disk()) {
    REQUIRE(::mkdir((folder / "near").c_str(), 0777) == 0);
    REQUIRE(::mkdir((folder / "far").c_str(), 0777) == 0);
    write_plainly(folder / "near/file", Bytes());
    REQUIRE(::symlink("far/file", (folder / "there").c_str()) == 0);
    mounts.parse(std::string(kRoot) + "40 27 0:50 / " + (folder / "far") + " rw - nfs host:/x rw\n", kNoSwap);
  }

  Reach reach(Op op, const std::string& path, const std::string& path2 = {}, uint32_t options = 0) const {
    Job job;
    job.op = op;
    job.path = path;
    job.path2 = path2;
    job.options = options;
    return reach_of_job(job);
  }

  // As the engine finds it out: by the text, and where that does not tell by a walk.
  Reach reach_of_job(Job& job) const {
    job.reach = reach_of(job, mounts);
    job.waiting = mounts.waiting();
    return job.reach == Reach::kMayWait ? job.reach : reach_by_walk(job);
  }

  Folder folder;
  MountTable mounts;
};

std::shared_ptr<Directory> held(const std::string& path, const std::string& name) {
  const int fd = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  return std::make_shared<Directory>(fd, name);
}

}  // namespace

TEST_CASE("reach: of two paths either one decides, by its text and by its links; what a symlink says is only text") {
  const Country at;
  const std::string near = at.folder / "near/file";
  const std::string other = at.folder / "near/other";
  for (const Op op : {Op::kRename, Op::kLink, Op::kCopyFile}) {
    INFO("op ", static_cast<int>(op));
    CHECK(at.reach(op, near, other) == Reach::kLocal);
    CHECK(at.reach(op, at.folder / "far/file", other) == Reach::kMayWait);
    CHECK(at.reach(op, near, at.folder / "far/other") == Reach::kMayWait);
    CHECK(at.reach(op, near, at.folder / "there/other") == Reach::kMayWait);
  }
  CHECK(at.reach(Op::kSymlink, at.folder / "far/file", other) == Reach::kLocal);
  CHECK(at.reach(Op::kSymlink, near, at.folder / "far/new") == Reach::kMayWait);
  CHECK(at.reach(Op::kSymlink, near, at.folder / "there/new") == Reach::kMayWait);
}

TEST_CASE("reach: an op that is about a link itself stays where the link is, any other goes where it leads") {
  const Country at;
  const std::string link = at.folder / "there";
  const std::string other = at.folder / "near/other";
  for (const Op op : {Op::kUnlink, Op::kRename, Op::kLink, Op::kReadlink, Op::kRm, Op::kRmdir, Op::kMkdir}) {
    INFO("op ", static_cast<int>(op));
    CHECK(at.reach(op, link, other) == Reach::kLocal);
  }
  CHECK(at.reach(Op::kSymlink, "text", link) == Reach::kLocal);
  for (const Op op : {Op::kStat, Op::kChown, Op::kUtimes}) {
    INFO("op ", static_cast<int>(op));
    CHECK(at.reach(op, link, {}, option::kNoFollow) == Reach::kLocal);
    CHECK(at.reach(op, link) == Reach::kMayWait);
  }
  CHECK(at.reach(Op::kCopyFile, link, other) == Reach::kMayWait);
}

TEST_CASE("reach: a walk through folders meets what is mounted below, a look at one folder does not") {
  const Country at;
  CHECK(at.reach(Op::kRm, at.folder.path(), {}, option::kRecursive) == Reach::kMayWait);
  CHECK(at.reach(Op::kReaddir, at.folder.path(), {}, option::kRecursive) == Reach::kMayWait);
  CHECK(at.reach(Op::kReaddir, at.folder.path()) == Reach::kLocal);
  CHECK(at.reach(Op::kReaddir, at.folder / "near", {}, option::kRecursive) == Reach::kLocal);
}

TEST_CASE("reach: a relative path counts from the folder of its call; where that has no name nobody can say") {
  const Country at;
  const auto from = [&](const std::string& name, const std::string& path) {
    Job job;
    job.op = Op::kStat;
    job.path = path;
    job.dir = held(at.folder.path(), name);
    return at.reach_of_job(job);
  };
  for (const std::string path : {"near/file", "./near/./file", "near/../near/file", "missing"}) {
    INFO(path);
    CHECK(from(at.folder.path(), path) == Reach::kLocal);
    CHECK(from("", path) == Reach::kMayWait);
  }
  for (const std::string path : {"far/file", "there", "near/../far/file", "near/../there"}) {
    INFO(path);
    CHECK(from(at.folder.path(), path) == Reach::kMayWait);
  }
  // From the root on, and an absolute path from wherever.
  CHECK(from("/", "proc/../" + (at.folder / "far").substr(1)) == Reach::kMayWait);
  CHECK(from("/", "proc/../" + (at.folder / "near").substr(1)) == Reach::kLocal);
  CHECK(from("", at.folder / "near/file") == Reach::kLocal);
  CHECK(from("", at.folder / "near/../there") == Reach::kMayWait);
  // The op of an empty path is about nothing, and that is told where it is made.
  CHECK(from(at.folder.path(), "") == Reach::kLocal);
}

TEST_CASE("reach: '..' ends at the root, and links without an end are a failure that is told locally") {
  const Country at;
  CHECK(at.reach(Op::kStat, "/../../.." + (at.folder / "far/x")) == Reach::kMayWait);
  CHECK(at.reach(Op::kStat, "/.." + (at.folder / "near")) == Reach::kLocal);
  CHECK(at.reach(Op::kStat, "/") == Reach::kLocal);
  REQUIRE(::symlink("ring", (at.folder / "ring").c_str()) == 0);
  CHECK(at.reach(Op::kStat, at.folder / "ring") == Reach::kLocal);
  // A chain of as many links as the kernel follows leads there; with one more it is ELOOP (path_resolution(7)).
  REQUIRE(::symlink("far", (at.folder / "1").c_str()) == 0);
  for (int i = 2; i <= 41; i++) {
    REQUIRE(::symlink(std::to_string(i - 1).c_str(), (at.folder / std::to_string(i)).c_str()) == 0);
  }
  CHECK(at.reach(Op::kStat, at.folder / "40") == Reach::kMayWait);
  CHECK(at.reach(Op::kStat, at.folder / "41") == Reach::kLocal);
  struct stat st {};
  CHECK(::stat((at.folder / "40").c_str(), &st) == 0);
  CHECK(::stat((at.folder / "41").c_str(), &st) != 0);
}

TEST_CASE("reach: where a filesystem that may never answer is the root, all paths may wait") {
  MountTable mounts;
  mounts.parse("27 1 0:50 / / rw - fuse.sshfs host:/x rw\n", kNoSwap);
  for (const std::string path : {"/", "/file", "/a/b"}) {
    INFO(path);
    Job job;
    job.op = Op::kStat;
    job.path = path;
    CHECK(reach_of(job, mounts) == Reach::kMayWait);
  }
}

TEST_CASE("reach: a descriptor and an open folder are judged by their device, and one that cannot be asked is local") {
  const Folder folder(disk());
  write_plainly(folder / "file", pattern(1, 1));
  struct stat st {};
  REQUIRE(::stat(folder.path().c_str(), &st) == 0);
  const std::string dev = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  MountTable far;
  far.parse(std::string(kRoot) + "40 27 " + dev + " / /mnt rw - nfs host:/x rw\n", kNoSwap);
  MountTable near;
  near.parse(kRoot, kNoSwap);
  Job job;
  job.op = Op::kRead;
  job.fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(job.fd >= 0);
  CHECK(reach_of(job, far) == Reach::kMayWait);
  CHECK(reach_of(job, near) == Reach::kLocal);
  // What is known of the file already is not asked again.
  job.facts.dev = st.st_dev;
  job.facts.mode = S_IFREG;
  CHECK(reach_of(job, far) == Reach::kMayWait);
  job.facts = FileFacts{};
  ::close(job.fd);
  CHECK(reach_of(job, far) == Reach::kLocal);
  job.fd = -1;
  job.op = Op::kReadFolder;
  job.folder = held(folder.path(), "");
  CHECK(reach_of(job, far) == Reach::kMayWait);
  CHECK(reach_of(job, near) == Reach::kLocal);
}
