// Mounts that come and go while an engine runs: in a namespace of their own, so that nobody else sees them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "harness.h"
#include "surroundings.h"

using namespace ringfs;
using namespace ringfs::test;

TEST_CASE("an overlay mounted while the engine runs is noticed: its files are right, and none is tried any more") {
  const Folder folder(disk());
  const int failures = in_own_mounts([&] {
    const std::string base = folder / "base";
    const std::string merged = base + "/merged";
    if (::mkdir(base.c_str(), 0777) != 0 || ::mount("none", base.c_str(), "tmpfs", 0, "size=4m") != 0) {
      return kMayNotMount;
    }
    for (const std::string name : {"lower", "upper", "work", "merged"}) ::mkdir((base + "/" + name).c_str(), 0777);
    write_plainly(base + "/lower/file", pattern(3000, 1));
    write_plainly(merged + "/file", pattern(10, 2));
    const std::string layers = "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work";
    int wrong = 0;
    for (const Lanes& lanes : all_lanes()) {
      Session session(lanes.policy);
      const auto size = [&] { return session.run(ask_path(Op::kStat, merged + "/file")).stx.stx_size; };
      for (int round = 0; round < 2; round++) {
        wrong += size() != 10;
        if (::mount("none", merged.c_str(), "overlay", 0, layers.c_str()) != 0) return kMayNotMount;
        const Outcome read = session.run(ask_read_file(merged + "/file"));
        wrong += read.bytes != pattern(3000, 1) || read.lane == Lane::kCached;
        const Outcome looked = session.run(ask_path(Op::kStat, merged + "/file"));
        wrong += looked.stx.stx_size != 3000 || looked.lane == Lane::kCached;
        const int fd = ::open((merged + "/file").c_str(), O_RDONLY | O_CLOEXEC);
        wrong += session.run(ask_read(fd, 1000, 0)).value != 1000;
        wrong += session.run(ask_on(Op::kClose, fd)).error != 0;
        wrong += session.run(ask_write_file(merged + "/new", pattern(500, 3))).error != 0;
        wrong += read_plainly(merged + "/new") != pattern(500, 3);
        wrong += ::umount2(merged.c_str(), MNT_DETACH) != 0;
      }
      wrong += session.run(ask_path(Op::kStat, merged + "/new")).error != ENOENT;
      wrong += !session.stop();
    }
    return wrong;
  });
  if (failures == kMayNotMount) {
    MESSAGE("no right to mount an overlay here: not tried");
    return;
  }
  CHECK(failures == 0);
}
