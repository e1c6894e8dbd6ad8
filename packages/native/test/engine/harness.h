// The engine without Node: a host with malloc'ed memory, a small event loop, and scratch folders.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/host.h"
#include "engine/job.h"

namespace ringfs::test {

using Bytes = std::vector<uint8_t>;

// ThreadSanitizer looks at the hand-overs, and pays dearly for every byte: it gets fewer large ones.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kFewBytes = true;
#else
inline constexpr bool kFewBytes = false;
#endif

// Milliseconds: what takes longer hangs. Long, since a hang never ends, and a machine may stand still for seconds.
inline constexpr int kHang = 30'000;

// What memory that is to be read into holds before.
inline constexpr uint8_t kPoison = 0xa5;

// What a test asks the engine for; the fields are those of a record from JavaScript.
struct Ask {
  Op op = Op::kReadFile;
  std::string path;
  std::string path2;
  int fd = -1;
  int flags = 0;
  uint32_t mode = 0;
  uint32_t options = 0;
  int64_t position = -1;
  uint64_t length = 0;
  uint64_t view_offset = 0;
  double atime = 0;
  double mtime = 0;
  std::shared_ptr<Directory> folder;  // of readFolder and close: what an opendir gave
  Bytes view;
  // How large the view is at the first, second, ... look at it; the last entry holds for all that follow.
  std::vector<size_t> view_sizes;
};

Ask ask_read_file(const std::string& path, uint32_t options = 0);
// As core asks by default: no O_TRUNC, the engine cuts.
Ask ask_write_file(const std::string& path, Bytes data, uint32_t options = 0);
Ask ask_write_file_with(const std::string& path, Bytes data, int flags, uint32_t options = 0);
Ask ask_open(const std::string& path, int flags, uint32_t mode = 0666);
Ask ask_read(int fd, size_t length, int64_t position);
Ask ask_write(int fd, Bytes data, int64_t position);
Ask ask_on(Op op, int fd, uint32_t options = 0);
Ask ask_path(Op op, const std::string& path, int flags = 0, uint32_t mode = 0777, uint32_t options = 0);
Ask ask_paths(Op op, const std::string& path, const std::string& path2, int flags = 0, uint32_t options = 0);
Ask ask_rename(const std::string& from, const std::string& to);

struct Outcome {
  int finished = 0;  // how many times the host was told: once, or something is broken
  int error = 0;
  Call call = Call::kNone;
  Lane lane = Lane::kNone;
  int64_t value = 0;
  Bytes bytes;  // of readFile: the content; of read: the user's buffer
  struct statx stx {};
  std::vector<std::string> names;  // of readdir: a letter for the kind where kinds were asked for, then the name
  std::vector<std::string> folders;
  std::vector<uint32_t> counts;
  std::string text;
  std::array<uint64_t, 8> statfs{};
  std::shared_ptr<Directory> folder;  // of opendir
};

class PlainHost final : public Host {
 public:
  // `room` outcomes fit before the loop must take them.
  explicit PlainHost(size_t room) : room_(room) {}

  uint32_t add(Ask ask);
  Outcome& outcome(uint32_t id) { return entries_[id].outcome; }
  void take_results() { noted_ = 0; }
  size_t whole_room() const { return room_; }

  size_t finished_count() const { return finished_; }
  // Jobs whose data was copied out of the user's memory and that have not finished: all of them are away.
  size_t holding() const { return holding_; }
  size_t most_held() const { return most_held_; }
  // What has not finished, for a message.
  std::string unfinished() const;
  const std::string& complaint() const { return complaint_; }
  // From here on there is no memory for results, or there is again.
  void refuse_targets(bool refuse) { refuses_targets_ = refuse; }

  UserView user_view(const Job& job) override;
  uint8_t* make_target(const Job& job, size_t size) override;
  void finished(Job& job) override;
  void keep_target(const Job& job) override;
  size_t room() const override { return noted_ >= room_ ? 0 : room_ - noted_; }

 private:
  struct Entry {
    Ask ask;
    Outcome outcome;
    size_t looks = 0;
    // Of exactly the size asked for, so that a sanitizer sees the first byte too many.
    std::unique_ptr<uint8_t[]> target;
    size_t target_size = 0;
  };

  void complain(const std::string& what);

  const size_t room_;
  std::vector<Entry> entries_;
  size_t noted_ = 0;
  size_t finished_ = 0;
  size_t holding_ = 0;
  size_t most_held_ = 0;
  bool refuses_targets_ = false;
  std::string complaint_;
};

// An engine and the loop that turns for it, in the order of the addon: idle, prepare, poll.
class Session {
 public:
  explicit Session(const Policy& policy, size_t room = 1024, const Kernel& kernel = probe_kernel());
  ~Session();

  PlainHost& host() { return host_; }
  Engine& engine() { return *engine_; }

  // One batch. Returns the id of the first ask; the others follow.
  uint32_t submit(std::vector<Ask> asks);
  // One iteration of the loop; sleeps for at most `timeout_ms` if there is nothing to do.
  void turn(int timeout_ms);
  bool turn_until(const std::function<bool()>& done, int deadline_ms = kHang);
  bool turn_until_finished(uint32_t id, int deadline_ms = kHang);
  bool turn_until_idle(int deadline_ms = kHang);
  // Lets the loop turn for so long, whatever happens.
  void turn_for(int ms);

  // Submits one ask and waits for it. A job that never finishes fails the test here.
  Outcome run(Ask ask);
  std::vector<Outcome> run_all(std::vector<Ask> asks);
  Outcome& outcome(uint32_t id) { return host_.outcome(id); }
  bool is_finished(uint32_t id) { return host_.outcome(id).finished > 0; }

  // True. An engine that cannot be stopped ends the program: nothing of it could be freed.
  bool stop();

 private:
  PlainHost host_;
  std::unique_ptr<Engine> engine_;
  bool stopped_ = false;
};

struct Lanes {
  std::string name;
  Policy policy;
  size_t room = 1024;
};

// Every backend and lane that this kernel has.
const std::vector<Lanes>& all_lanes();
// The same without those that differ only in what they prefer.
const std::vector<Lanes>& both_backends();
bool has_ring();

// The pool alone.
extern const Lanes kThreads;

// A blank job of the session's engine, made to do what is asked: for what goes past submit().
Job* job_for(Session& session, Ask ask);

// A folder that goes away with its object.
class Folder {
 public:
  explicit Folder(const std::string& parent);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Where this program lies: a folder of the checkout's filesystem.
std::string disk();
// A tmpfs, or nothing if there is none.
std::string memory_disk();

// Runs the body with a fresh session and folder on every lane, and then looks for descriptors and threads left.
using Body = std::function<void(Session& session, const Folder& folder)>;
void on_every_lane(const Body& body);
// The same, on the disk and on a tmpfs.
void on_every_lane_and_disk(const Body& body);
// The same on a tmpfs where there is one: for thousands of files, which a disk takes its time for.
void on_every_lane_in_memory(const Body& body);
// With and without a ring, on the disk and on a tmpfs: for what no lane but the pool does.
void on_both_backends_and_disk(const Body& body);
void with_lanes(const Lanes& lanes, const std::string& parent, const Body& body);

void warm_up();
int count_descriptors();
// The rings among this process's descriptors.
std::set<int> open_rings();
int count_threads();
// Waits for threads of the kernel's that end on their own time.
bool back_to(int descriptors, int threads);

// Whether the name is there, whatever it names.
bool exists(const std::string& path);
// Bytes that tell where they belong: of which file (tag) and at which offset.
Bytes pattern(size_t size, uint32_t tag);
void write_plainly(const std::string& path, const Bytes& data);
Bytes read_plainly(const std::string& path);
// Bytes that wait in a pipe or FIFO.
size_t bytes_waiting(int fd);
// Takes a file's pages out of the page cache, where the filesystem has one.
void make_cold(const std::string& path);
int64_t milliseconds();

// Seeds are printed with a failure; RINGFS_TEST_SEED brings one back.
uint32_t seed();

}  // namespace ringfs::test
