// Block devices: a loop device over a file of the test's own.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "engine/limits.h"
#include "harness.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

// Goes away with its last descriptor. Not ok() where none is to be had: that takes root, and the kernel's module.
class LoopDevice {
 public:
  explicit LoopDevice(const std::string& file) {
    const int control = ::open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    const int backing = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    // Somebody else may take the number meanwhile.
    for (int tries = 0; control >= 0 && backing >= 0 && fd_ < 0 && tries < 5; tries++) {
      const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
      const std::string path = "/dev/loop" + std::to_string(number);
      fd_ = number < 0 ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      loop_config config{};
      config.fd = static_cast<__u32>(backing);
      config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
      if (fd_ >= 0 && ::ioctl(fd_, LOOP_CONFIGURE, &config) != 0) {
        ::close(fd_);
        fd_ = -1;
      }
    }
    if (control >= 0) ::close(control);
    if (backing >= 0) ::close(backing);
  }
  ~LoopDevice() {
    if (fd_ >= 0) ::close(fd_);
  }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

Bytes part_of(const Bytes& whole, size_t from, size_t size) {
  return Bytes(whole.begin() + static_cast<long>(from), whole.begin() + static_cast<long>(from + size));
}

Bytes device_bytes(int fd, size_t size, off_t at) {
  Bytes got(size);
  REQUIRE(::pread(fd, got.data(), size, at) == static_cast<ssize_t>(size));
  return got;
}

}  // namespace

TEST_CASE("a block device: read and written at a position and at its own, on the ring where there is one") {
  for (const Lanes& lanes : all_lanes()) {
    with_lanes(lanes, disk(), [&](Session& session, const Folder& folder) {
      constexpr size_t kDevice = 2 * kUserChunk;
      const Bytes content = pattern(kDevice, 1);
      write_plainly(folder / "disk", content);
      const LoopDevice device(folder / "disk");
      if (!device.ok()) {
        MESSAGE("no loop device is to be had: not tried");
        return;
      }
      const bool ring = lanes.policy.use_ring && lanes.policy.prefer != Policy::Prefer::kBlocking;
      const Outcome at = session.run(ask_read(device.fd(), 1000, 512));
      CHECK(at.value == 1000);
      CHECK((at.bytes == part_of(content, 512, 1000)));
      CHECK((at.lane == (ring ? Lane::kRing : Lane::kBlocking)));
      // Two at its own position: the second goes on where the first has ended.
      for (const size_t from : {size_t{0}, size_t{700}}) {
        CHECK((session.run(ask_read(device.fd(), 700, -1)).bytes == part_of(content, from, 700)));
      }
      // In more than one piece; behind the last byte there is nothing.
      const Outcome large = session.run(ask_read(device.fd(), kUserChunk + 5000, 0));
      CHECK(large.value == static_cast<int64_t>(kUserChunk + 5000));
      CHECK((large.bytes == part_of(content, 0, kUserChunk + 5000)));
      CHECK(session.run(ask_read(device.fd(), 100, kDevice)).value == 0);

      const Outcome written = session.run(ask_write(device.fd(), pattern(4096, 2), 8192));
      CHECK(written.value == 4096);
      CHECK((written.lane == (ring ? Lane::kRing : Lane::kBlocking)));
      CHECK((device_bytes(device.fd(), 4096, 8192) == pattern(4096, 2)));
      REQUIRE(::lseek(device.fd(), 20'000, SEEK_SET) == 20'000);
      CHECK(session.run(ask_write(device.fd(), pattern(300, 3), -1)).value == 300);
      CHECK((device_bytes(device.fd(), 300, 20'000) == pattern(300, 3)));
      CHECK(::lseek(device.fd(), 0, SEEK_CUR) == 20'300);
      // In pieces, and beyond the end: what has found its place is the answer, or that there is none.
      CHECK(session.run(ask_write(device.fd(), pattern(kUserChunk + 5000, 4), 0)).value == kUserChunk + 5000);
      CHECK((device_bytes(device.fd(), kUserChunk + 5000, 0) == pattern(kUserChunk + 5000, 4)));
      CHECK(session.run(ask_write(device.fd(), pattern(100, 5), kDevice)).error == ENOSPC);
      CHECK(session.run(ask_on(Op::kSync, device.fd())).error == 0);
    });
  }
}

TEST_CASE("readFile of a block device gives all of it, by its path and by a descriptor") {
  on_every_lane([](Session& session, const Folder& folder) {
    const Bytes content = pattern(size_t{128} * 1024, 7);
    write_plainly(folder / "disk", content);
    const LoopDevice device(folder / "disk");
    if (!device.ok()) return;
    const std::string path = "/proc/self/fd/" + std::to_string(device.fd());
    const Outcome by_path = session.run(ask_read_file(path));
    CHECK(by_path.error == 0);
    CHECK((by_path.bytes == content));
    Ask ask = ask_on(Op::kReadFile, device.fd());
    ask.flags = O_RDONLY;
    CHECK((session.run(ask).bytes == content));
  });
}
