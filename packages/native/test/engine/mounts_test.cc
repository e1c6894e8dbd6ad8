#include "engine/mounts.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "engine/syscalls.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

constexpr const char* kNoSwap = "Filename Type Size Used Priority\n";

constexpr const char* kLocal =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "28 27 0:25 / /run rw,nosuid shared:5 master:3 - tmpfs tmpfs rw\n";

struct Answer {
  bool may = false;
  bool plain = false;
};

Answer ask(const MountTable& mounts, const std::string& path, bool held = false) {
  Answer answer;
  answer.may = mounts.may_open(path, held, &answer.plain);
  return answer;
}

}  // namespace

TEST_CASE("mounts: with local filesystems only, every path may be tried, links and all") {
  MountTable mounts;
  mounts.parse(kLocal, kNoSwap);
  for (const std::string path : {"/", "/a/../b", "relative", "", "/proc/self", "//x"}) {
    INFO(path);
    CHECK(ask(mounts, path).may);
    CHECK_FALSE(ask(mounts, path).plain);
  }
  CHECK(ask(mounts, "relative", true).may);
}

TEST_CASE("mounts: what leads below a tmpfs by its text may be in memory, where there is no swap") {
  MountTable mounts;
  mounts.parse(kLocal, kNoSwap);
  for (const std::string path : {"/run/x", "/run/x/y", "/run/../x", "/run"}) CHECK(mounts.may_be_in_memory(path));
  for (const std::string path : {"/", "/runs/x", "/tmp/x", "run/x", ""}) CHECK_FALSE(mounts.may_be_in_memory(path));
  mounts.parse(kLocal, std::string(kNoSwap) + "/dev/sda2 partition 1 0 -2\n");
  CHECK_FALSE(mounts.may_be_in_memory("/run/x"));
}

TEST_CASE("mounts: nothing at or below a mount whose open may block is tried, and its neighbours are") {
  for (const std::string type :
       {"nfs4", "fuse.sshfs", "fuse", "autofs", "9p", "virtiofs", "cifs", "ceph", "never-heard-of"}) {
    INFO(type);
    MountTable mounts;
    mounts.parse(std::string(kLocal) + "40 27 0:50 / /mnt/far rw shared:9 - " + type + " host:/x rw\n", kNoSwap);
    for (const std::string path : {"/mnt/far", "/mnt/far/", "/mnt/far/file", "/mnt/far/a/b"}) {
      INFO(path);
      CHECK_FALSE(ask(mounts, path).may);
    }
    for (const std::string path : {"/mnt/farther", "/mnt/fa", "/mnt", "/mnt/other/far", "/", "/home/file"}) {
      INFO(path);
      CHECK(ask(mounts, path).may);
      // A symbolic link on the way could still lead there.
      CHECK(ask(mounts, path).plain);
    }
  }
}

TEST_CASE("mounts: a path whose text does not tell where it leads is not tried") {
  MountTable mounts;
  mounts.parse(std::string(kLocal) + "40 27 0:50 / /mnt rw - nfs host:/x rw\n", kNoSwap);
  for (const std::string path :
       {"/home/../mnt/file", "/home/./file", "/home//file", "//mnt/file", "/home/..", "/home/."}) {
    INFO(path);
    CHECK_FALSE(ask(mounts, path).may);
  }
  CHECK(ask(mounts, "/home/..file").may);
  CHECK(ask(mounts, "/home/.file").may);
  CHECK_FALSE(ask(mounts, "file", true).may);
}

TEST_CASE("mounts: a relative path counts from the current folder") {
  const int home = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const Folder folder(disk());
  REQUIRE(::mkdir((folder / "far").c_str(), 0777) == 0);
  MountTable mounts;
  mounts.parse(std::string(kLocal) + "40 27 0:50 / " + (folder / "far") + " rw - nfs host:/x rw\n", kNoSwap);
  REQUIRE(::chdir(folder.path().c_str()) == 0);
  CHECK(ask(mounts, "near").may);
  CHECK_FALSE(ask(mounts, "far/file").may);
  REQUIRE(::chdir((folder / "far").c_str()) == 0);
  CHECK_FALSE(ask(mounts, "file").may);
  REQUIRE(::fchdir(home) == 0);
  ::close(home);
}

TEST_CASE("mounts: a mount over everything leaves nothing to try") {
  MountTable mounts;
  mounts.parse("27 1 0:50 / / rw - nfs host:/x rw\n", kNoSwap);
  for (const std::string path : {"/", "/file", "/a/b"}) CHECK_FALSE(ask(mounts, path).may);
}

TEST_CASE("mounts: the innermost mount decides, and of two on one point the later") {
  MountTable mounts;
  mounts.parse(std::string(kLocal) +
                   "40 27 0:50 / /far rw - nfs host:/x rw\n"
                   "41 40 0:51 / /far/near rw - tmpfs tmpfs rw\n"
                   "42 27 0:52 / /covered rw - nfs host:/y rw\n"
                   "43 42 0:53 / /covered rw - ext4 /dev/vdb rw\n"
                   "44 27 0:54 / /lost rw - ext4 /dev/vdc rw\n"
                   "45 44 0:55 / /lost rw - fuse x rw\n",
               kNoSwap);
  CHECK_FALSE(ask(mounts, "/far/file").may);
  CHECK(ask(mounts, "/far/near/file").may);
  CHECK_FALSE(ask(mounts, "/far/nearer").may);
  CHECK(ask(mounts, "/covered/file").may);
  CHECK_FALSE(ask(mounts, "/lost/file").may);
}

TEST_CASE("mounts: names are written with octal escapes") {
  MountTable mounts;
  mounts.parse(std::string(kLocal) + "40 27 0:50 / /my\\040disk\\011x\\134y\\012 rw - fuse x rw\n" +
                   "41 27 0:51 / /end\\040 rw - fuse x rw\n",
               kNoSwap);
  CHECK_FALSE(ask(mounts, "/my disk\tx\\y\n/file").may);
  CHECK_FALSE(ask(mounts, "/end /file").may);
  CHECK(ask(mounts, "/my\\040disk\\011x\\134y\\012/file").may);
  CHECK(ask(mounts, "/end/file").may);
}

TEST_CASE("mounts: odd lines do no harm") {
  MountTable mounts;
  for (const char* text : {"", "\n\n", "garbage", "1 2 3", " - ", "1 2 3 4 - fuse", "40 27 0:50 / /mnt rw - fuse x rw",
                           "40 27 0:50 / /x\\04 rw - fuse x", "40 27 0:50 / /x\\ rw - fuse x", "a b c d \\ - fuse"}) {
    mounts.parse(text, "");
    (void)ask(mounts, "/somewhere");
  }
  // The last line need not end.
  mounts.parse("40 27 0:50 / /mnt rw - fuse x rw", kNoSwap);
  CHECK_FALSE(ask(mounts, "/mnt/file").may);
  // A new table takes the place of the old one.
  mounts.parse(kLocal, kNoSwap);
  CHECK(ask(mounts, "/mnt/file").may);
}

TEST_CASE("mounts: what lies on a tmpfs counts as memory only where there is no swap") {
  if (memory_disk().empty()) return;
  const Folder folder(memory_disk());
  write_plainly(folder / "file", pattern(1, 1));
  const int fd = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  FileFacts plain;
  REQUIRE(sys::facts(fd, &plain) == 0);
  FileFacts asked = plain;
  sys::filesystem(fd, &asked);
  MountTable mounts;
  mounts.parse(kLocal, kNoSwap);
  // Facts that do not tell the filesystem get what an earlier file of the device told.
  CHECK(mounts.kind(plain) == Filesystem::kOther);
  CHECK(mounts.kind(asked) == Filesystem::kMemory);
  CHECK(mounts.kind(plain) == Filesystem::kMemory);
  mounts.parse(kLocal, std::string(kNoSwap) + "/dev/sdb partition 1000 0 -2\n");
  CHECK(mounts.kind(plain) == Filesystem::kOther);
  CHECK(mounts.kind(asked) == Filesystem::kOther);
  ::close(fd);
}

TEST_CASE("mounts: what may never answer is told by the text of a path, and by the device of a file") {
  MountTable mounts;
  mounts.parse(kLocal, kNoSwap);
  CHECK_FALSE(mounts.any_may_wait());
  CHECK_FALSE(static_cast<bool>(mounts.waiting()));
  mounts.parse(std::string(kLocal) + "40 27 0:50 / /mnt/far rw shared:9 - nfs4 host:/x rw\n" +
                   "41 22 0:51 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n" +
                   "42 27 0:52 / /layers rw - overlay overlay rw\n",
               kNoSwap);
  REQUIRE(static_cast<bool>(mounts.waiting()));
  CHECK(mounts.may_wait(makedev(0, 50)));
  CHECK_FALSE(mounts.may_wait(makedev(0, 51)));
  CHECK_FALSE(mounts.may_wait(makedev(254, 0)));
  const auto& waiting = *mounts.waiting();
  for (const std::string path : {"/mnt/far", "/mnt/far/a", "//mnt/./far//a", "/mnt/far/../a"}) {
    INFO(path);
    CHECK(waiting.by_text(path, "", false) >= Reach::kLinked);
  }
  CHECK(waiting.by_text("/mnt/far/a", "", false) == Reach::kMayWait);
  for (const std::string path : {"/mnt/farther", "/mnt", "/", "/layers/x", "/a/..b", "/proc/sys/fs/binfmt_misc/x"}) {
    INFO(path);
    CHECK(waiting.by_text(path, "", false) == Reach::kUnproven);
  }
  // Of an op that walks what is mounted below counts too.
  CHECK(waiting.by_text("/mnt", "", true) == Reach::kMayWait);
  CHECK(waiting.by_text("/", "", true) == Reach::kMayWait);
  CHECK(waiting.by_text("/mnt/other", "", true) == Reach::kUnproven);
  CHECK(waiting.by_text("far/a", "/mnt", false) == Reach::kMayWait);
  CHECK(waiting.by_text("./a", "/mnt", false) == Reach::kUnproven);
  CHECK(waiting.by_text("a", "", false) == Reach::kLinked);
  // A file of a mount that is gone may still be open; its device may become another's.
  mounts.parse(kLocal, kNoSwap);
  CHECK_FALSE(static_cast<bool>(mounts.waiting()));
  CHECK(mounts.may_wait(makedev(0, 50)));
  mounts.parse(std::string(kLocal) + "40 27 0:50 / /mnt rw - tmpfs tmpfs rw\n", kNoSwap);
  CHECK_FALSE(mounts.may_wait(makedev(0, 50)));
}

TEST_CASE("mounts: links are followed to where they lead, by looks at local filesystems alone") {
  const Folder folder(disk());
  REQUIRE(::mkdir((folder / "near").c_str(), 0777) == 0);
  REQUIRE(::mkdir((folder / "far").c_str(), 0777) == 0);
  for (const auto& [target, name] : std::vector<std::pair<std::string, std::string>>{
           {folder / "far", "absolute"},
           {"far", "relative"},
           {"near/../far", "dotted"},
           {"absolute", "twice"},
           {"far/new", "to-be-made"},
           {"near", "home"},
           {"loop", "loop"},
       }) {
    REQUIRE(::symlink(target.c_str(), (folder / name).c_str()) == 0);
  }
  MountTable mounts;
  mounts.parse(std::string(kLocal) + "40 27 0:50 / " + (folder / "far") + " rw - nfs host:/x rw\n", kNoSwap);
  const auto reach = [&](const std::string& path, Op op = Op::kReadFile) {
    Job job;
    job.op = op;
    job.path = path;
    job.reach = reach_of(job, mounts);
    job.waiting = mounts.waiting();
    return job.reach == Reach::kMayWait ? job.reach : reach_by_walk(job);
  };
  for (const std::string name : {"absolute", "relative/", "dotted/x", "twice/x/y", "to-be-made", "home/../far/x",
                                 "home/../absolute", "near/.././far", "far/../near"}) {
    INFO(name);
    CHECK(reach(folder / name) == Reach::kMayWait);
  }
  for (const std::string name : {"home", "home/x", "near/../home/x", "loop", "loop/x", "none/../far", "near/none"}) {
    INFO(name);
    CHECK(reach(folder / name) == Reach::kLocal);
  }
  // What is about the link itself stays where the link is.
  CHECK(reach(folder / "absolute", Op::kUnlink) == Reach::kLocal);
  CHECK(reach(folder / "absolute/x", Op::kUnlink) == Reach::kMayWait);
}
