#include "harness.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "engine/syscalls.h"
#include "ops/names.h"

namespace ringfs::test {

namespace {

constexpr long kTmpfsMagic = 0x01021994;

int count_entries(const char* path) {
  DIR* dir = ::opendir(path);
  if (dir == nullptr) return -1;
  int count = 0;
  while (const dirent* entry = ::readdir(dir)) count += entry->d_name[0] != '.';
  ::closedir(dir);
  return count;
}

void take_names(const Job& job, Outcome* outcome) {
  const auto& listing = static_cast<const Listing&>(*job.state);
  for (size_t i = 0; i < listing.names.size(); i++) {
    const std::string kind = listing.kinds ? std::string(1, "?fdlpscb"[listing.names.entry(i).kind]) : "";
    outcome->names.push_back(kind + listing.names.name(i));
  }
  for (size_t i = 0; i < listing.folders.size(); i++) outcome->folders.push_back(listing.folders.name(i));
  outcome->counts = listing.counts;
}

// Not of a tmpfs, whose pages are nowhere else.
bool has_page_in_memory(int fd) {
  struct stat st {};
  struct statfs on {};
  if (::fstat(fd, &st) != 0 || st.st_size == 0) return false;
  if (::fstatfs(fd, &on) != 0 || static_cast<long>(on.f_type) == kTmpfsMagic) return false;
  const auto size = static_cast<size_t>(st.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return false;
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((size + page - 1) / page);
  const bool known = ::mincore(mapped, size, pages.data()) == 0;
  ::munmap(mapped, size);
  return known && std::any_of(pages.begin(), pages.end(), [](unsigned char one) { return (one & 1) != 0; });
}

}  // namespace

// ---- asks ----------------------------------------------------------------------------------------------------

Ask ask_read_file(const std::string& path, uint32_t options) {
  Ask ask;
  ask.op = Op::kReadFile;
  ask.path = path;
  ask.flags = O_RDONLY;
  ask.mode = 0666;
  ask.options = options;
  return ask;
}

Ask ask_write_file(const std::string& path, Bytes data, uint32_t options) {
  return ask_write_file_with(path, std::move(data), O_WRONLY | O_CREAT, options | option::kCutFirst);
}

Ask ask_write_file_with(const std::string& path, Bytes data, int flags, uint32_t options) {
  Ask ask;
  ask.op = Op::kWriteFile;
  ask.path = path;
  ask.flags = flags;
  ask.mode = 0666;
  ask.options = options;
  ask.length = data.size();
  ask.view = std::move(data);
  return ask;
}

Ask ask_open(const std::string& path, int flags, uint32_t mode) { return ask_path(Op::kOpen, path, flags, mode); }

Ask ask_read(int fd, size_t length, int64_t position) {
  Ask ask = ask_on(Op::kRead, fd);
  ask.length = length;
  ask.position = position;
  ask.view.assign(length, kPoison);
  return ask;
}

Ask ask_write(int fd, Bytes data, int64_t position) {
  Ask ask = ask_on(Op::kWrite, fd);
  ask.length = data.size();
  ask.position = position;
  ask.view = std::move(data);
  return ask;
}

Ask ask_on(Op op, int fd, uint32_t options) {
  Ask ask;
  ask.op = op;
  ask.fd = fd;
  ask.options = options | option::kOnHandle;
  return ask;
}

Ask ask_path(Op op, const std::string& path, int flags, uint32_t mode, uint32_t options) {
  Ask ask;
  ask.op = op;
  ask.path = path;
  ask.flags = flags;
  ask.mode = mode;
  ask.options = options;
  return ask;
}

Ask ask_paths(Op op, const std::string& path, const std::string& path2, int flags, uint32_t options) {
  Ask ask = ask_path(op, path, flags, 0, options);
  ask.path2 = path2;
  return ask;
}

Ask ask_rename(const std::string& from, const std::string& to) { return ask_paths(Op::kRename, from, to); }

// ---- host ----------------------------------------------------------------------------------------------------

uint32_t PlainHost::add(Ask ask) {
  entries_.emplace_back();
  entries_.back().ask = std::move(ask);
  return static_cast<uint32_t>(entries_.size() - 1);
}

void PlainHost::complain(const std::string& what) {
  if (complaint_.empty()) complaint_ = what;
}

std::string PlainHost::unfinished() const {
  std::string text;
  for (const Entry& entry : entries_) {
    if (entry.outcome.finished > 0) continue;
    text += "op " + std::to_string(static_cast<int>(entry.ask.op)) + " " + entry.ask.path + " flags " +
            std::to_string(entry.ask.flags) + "; ";
  }
  return text;
}

UserView PlainHost::user_view(const Job& job) {
  Entry& entry = entries_[job.id];
  if (entry.looks == 0 && (job.op == Op::kWrite || job.op == Op::kWriteFile)) {
    holding_ += 1;
    most_held_ = std::max(most_held_, holding_);
  }
  size_t size = entry.ask.view.size();
  if (!entry.ask.view_sizes.empty()) {
    const size_t look = std::min(entry.looks, entry.ask.view_sizes.size() - 1);
    size = std::min(size, entry.ask.view_sizes[look]);
    // What was cut off is no longer the user's: a sanitizer tells of whoever still touches it.
    entry.ask.view.resize(size);
    entry.ask.view.shrink_to_fit();
  }
  entry.looks += 1;
  if (size <= job.view_offset) return UserView{};
  return UserView{entry.ask.view.data() + job.view_offset, size - job.view_offset};
}

uint8_t* PlainHost::make_target(const Job& job, size_t size) {
  if (refuses_targets_) return nullptr;
  Entry& entry = entries_[job.id];
  entry.target.reset(new uint8_t[size]);
  std::memset(entry.target.get(), kPoison, size);
  entry.target_size = size;
  return entry.target.get();
}

void PlainHost::keep_target(const Job& job) {
  static auto* const kept = new std::vector<decltype(Entry::target)>;
  kept->push_back(std::move(entries_[job.id].target));
}

void PlainHost::finished(Job& job) {
  Entry& entry = entries_[job.id];
  Outcome& outcome = entry.outcome;
  outcome.finished += 1;
  if (outcome.finished > 1) complain("a job finished twice");
  if (full()) complain("a job finished with the host full");
  outcome.error = job.error;
  outcome.call = job.call;
  outcome.lane = job.lane;
  outcome.value = job.value;
  outcome.stx = job.stx;
  outcome.text = job.text;
  outcome.statfs = job.statfs;
  if (job.error == 0 && job.op == Op::kReadFile && job.done > 0) {
    const uint8_t* from = job.target != nullptr ? job.target : job.memory.data();
    if (job.target != nullptr && job.target == entry.target.get() && job.done > entry.target_size) {
      complain("more bytes than the target has");
    }
    outcome.bytes.assign(from, from + job.done);
  }
  if (job.op == Op::kRead) outcome.bytes = std::move(entry.ask.view);
  if (job.error == 0 && job.op == Op::kOpendir) outcome.folder = std::move(job.folder);
  if (job.error == 0 && (job.op == Op::kReaddir || job.op == Op::kReadFolder)) take_names(job, &outcome);
  if (entry.looks > 0 && (job.op == Op::kWrite || job.op == Op::kWriteFile)) holding_ -= 1;
  entry.target.reset();
  noted_ += 1;
  finished_ += 1;
}

// ---- session -------------------------------------------------------------------------------------------------

Session::Session(const Policy& policy, size_t room, const Kernel& kernel)
    : host_(room), engine_(std::make_unique<Engine>(host_, policy, kernel)) {
  if (!engine_->ok()) throw std::runtime_error("the engine could not be made");
}

Session::~Session() {
  if (!stopped_) stop();
}

bool Session::stop() {
  stopped_ = true;
  const int64_t begun = milliseconds();
  // A flush cannot be called off, and where others write much it takes longer than the engine waits; so may a thread
  // that is kept from running. Those end, and the engine can be asked again.
  do {
    if (engine_->stop()) return true;
  } while (milliseconds() - begun < kHang);
  // Its threads still use it and its host: neither may ever be freed, so this program must not go on for long.
  std::fprintf(stderr, "an engine could not be stopped in %d ms; in flight: %s\n",
               static_cast<int>(milliseconds() - begun), host_.unfinished().c_str());
  if (std::getenv("RINGFS_TEST_HOLD") != nullptr) ::pause();
  std::abort();
}

uint32_t Session::submit(std::vector<Ask> asks) {
  uint32_t first = 0;
  engine_->begin_batch();
  for (size_t i = 0; i < asks.size(); i++) {
    Job* job = engine_->take();
    const Ask& ask = asks[i];
    job->op = ask.op;
    job->path = ask.path;
    job->path2 = ask.path2;
    job->fd = ask.fd;
    job->flags = ask.flags;
    job->mode = ask.mode;
    job->options = ask.options;
    job->position = ask.position;
    job->length = ask.length;
    job->view_offset = ask.view_offset;
    job->atime = ask.atime;
    job->mtime = ask.mtime;
    job->folder = std::move(asks[i].folder);  // the job alone keeps it open
    job->id = host_.add(std::move(asks[i]));
    if (i == 0) first = job->id;
    // The addon takes at most as many records as it has room for outcomes.
    if (i > 0 && i % host_.whole_room() == 0) {
      engine_->end_batch();
      host_.take_results();
      engine_->begin_batch();
    }
    engine_->accept(job);
  }
  engine_->end_batch();
  host_.take_results();
  return first;
}

void Session::turn(int timeout_ms) {
  // One grant of time an iteration.
  engine_->new_iteration();
  // What waited for time may be all that the caller waits for: then there is nothing to poll for.
  const bool pumps = engine_->wants_iteration();
  if (pumps) {
    engine_->pump();
    host_.take_results();
  }
  if (engine_->look_for_results()) {
    if (engine_->drain()) engine_->drain_later();
    host_.take_results();
    return;
  }
  pollfd notifier{engine_->notifier_fd(), POLLIN, 0};
  if (::poll(&notifier, 1, pumps || engine_->wants_iteration() ? 0 : timeout_ms) > 0) {
    if (engine_->drain()) engine_->drain_later();
    host_.take_results();
  }
}

bool Session::turn_until(const std::function<bool()>& done, int deadline_ms) {
  const int64_t deadline = milliseconds() + deadline_ms;
  while (!done()) {
    const int64_t left = deadline - milliseconds();
    if (left <= 0) return false;
    turn(static_cast<int>(std::min<int64_t>(left, 100)));
  }
  return true;
}

bool Session::turn_until_finished(uint32_t id, int deadline_ms) {
  return turn_until([&] { return is_finished(id); }, deadline_ms);
}

bool Session::turn_until_idle(int deadline_ms) {
  return turn_until([&] { return engine_->in_flight() == 0; }, deadline_ms);
}

void Session::turn_for(int ms) {
  const int64_t deadline = milliseconds() + ms;
  for (int64_t left = ms; left > 0; left = deadline - milliseconds()) turn(static_cast<int>(left));
}

Outcome Session::run(Ask ask) {
  std::vector<Ask> asks;
  asks.push_back(std::move(ask));
  return run_all(std::move(asks))[0];
}

std::vector<Outcome> Session::run_all(std::vector<Ask> asks) {
  const size_t count = asks.size();
  const uint32_t first = submit(std::move(asks));
  const bool all = turn_until([&] {
    for (uint32_t i = 0; i < count; i++) {
      if (!is_finished(first + i)) return false;
    }
    return true;
  });
  REQUIRE_MESSAGE(all, "a job never finished");
  REQUIRE(host_.complaint() == "");
  std::vector<Outcome> outcomes;
  for (uint32_t i = 0; i < count; i++) outcomes.push_back(std::move(outcome(first + i)));
  return outcomes;
}

Job* job_for(Session& session, Ask ask) {
  Job* job = session.engine().take();
  job->op = ask.op;
  job->path = ask.path;
  job->fd = ask.fd;
  job->flags = ask.flags;
  job->options = ask.options;
  job->position = ask.position;
  job->length = ask.length;
  job->id = session.host().add(std::move(ask));
  return job;
}

// ---- lanes ---------------------------------------------------------------------------------------------------

bool has_ring() { return probe_kernel().has_ring; }

const Lanes kThreads{"threads, blocking", {false, Policy::Prefer::kBlocking}};

const std::vector<Lanes>& all_lanes() {
  using Prefer = Policy::Prefer;
  static const std::vector<Lanes> lanes = [] {
    std::vector<Lanes> made;
    if (has_ring()) {
      made.push_back({"io_uring, best", {true, Prefer::kBest}});
      made.push_back({"io_uring, cached", {true, Prefer::kCached}});
      made.push_back({"io_uring, ring", {true, Prefer::kRing}});
      made.push_back({"io_uring, blocking", {true, Prefer::kBlocking}});
    }
    made.push_back({"threads, best", {false, Prefer::kBest}});
    made.push_back({"threads, blocking", {false, Prefer::kBlocking}});
    return made;
  }();
  return lanes;
}

const std::vector<Lanes>& both_backends() {
  using Prefer = Policy::Prefer;
  static const std::vector<Lanes> lanes = [] {
    std::vector<Lanes> made;
    if (has_ring()) made.push_back({"io_uring, ring", {true, Prefer::kRing}});
    made.push_back({"threads, blocking", {false, Prefer::kBlocking}});
    return made;
  }();
  return lanes;
}

void with_lanes(const Lanes& lanes, const std::string& parent, const Body& body) {
  INFO(lanes.name, ", below ", parent);
  warm_up();
  const int descriptors = count_descriptors();
  const int threads = count_threads();
  {
    const Folder folder(parent);
    Session session(lanes.policy, lanes.room);
    body(session, folder);
    CHECK(session.host().complaint() == "");
    CHECK(session.stop());
  }
  CHECK(back_to(descriptors, threads));
}

void on_every_lane(const Body& body) {
  for (const Lanes& lanes : all_lanes()) with_lanes(lanes, disk(), body);
}

void on_every_lane_in_memory(const Body& body) {
  const std::string parent = memory_disk().empty() ? disk() : memory_disk();
  for (const Lanes& lanes : all_lanes()) with_lanes(lanes, parent, body);
}

void on_both_backends_and_disk(const Body& body) {
  for (const Lanes& lanes : both_backends()) {
    with_lanes(lanes, disk(), body);
    if (!memory_disk().empty()) with_lanes(lanes, memory_disk(), body);
  }
}

void on_every_lane_and_disk(const Body& body) {
  on_every_lane(body);
  if (memory_disk().empty()) {
    MESSAGE("no tmpfs here: only the disk was tried");
    return;
  }
  for (const Lanes& lanes : kFewBytes ? both_backends() : all_lanes()) with_lanes(lanes, memory_disk(), body);
}

// ---- folders and files ---------------------------------------------------------------------------------------

Folder::Folder(const std::string& parent) {
  std::string name = parent + "/ringfs-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder below " + parent);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string disk() {
  static const std::string path = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  return path;
}

std::string memory_disk() {
  struct statfs st {};
  const bool there =
      ::statfs("/dev/shm", &st) == 0 && static_cast<long>(st.f_type) == kTmpfsMagic && ::access("/dev/shm", W_OK) == 0;
  return there ? "/dev/shm" : "";
}

// What is made once for the process is made before anything is counted: a sanitizer's own thread comes with the first.
void warm_up() {
  static const bool once = [] {
    (void)probe_kernel();
    std::thread([] {}).join();
    ::usleep(50'000);
    return true;
  }();
  (void)once;
}

int count_descriptors() { return count_entries("/proc/self/fd"); }

std::set<int> open_rings() {
  std::set<int> found;
  DIR* dir = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(dir)) {
    std::array<char, 64> target{};
    const std::string path = std::string("/proc/self/fd/") + entry->d_name;
    if (::readlink(path.c_str(), target.data(), target.size() - 1) > 0 &&
        std::string(target.data()) == "anon_inode:[io_uring]") {
      found.insert(std::atoi(entry->d_name));
    }
  }
  ::closedir(dir);
  return found;
}
int count_threads() { return count_entries("/proc/self/task"); }

bool back_to(int descriptors, int threads) {
  const int64_t deadline = milliseconds() + kHang;
  for (;;) {
    const bool last = milliseconds() > deadline;
    const int descriptors_now = count_descriptors();
    const int threads_now = count_threads();
    if (descriptors_now <= descriptors && threads_now <= threads) return true;
    if (last) {
      MESSAGE("descriptors: ", descriptors, " before, ", descriptors_now, " after; threads: ", threads, " before, ",
              threads_now, " after");
      return false;
    }
    ::usleep(1000);
  }
}

Bytes pattern(size_t size, uint32_t tag) {
  Bytes data(size);
  for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
    const uint64_t word = (i + 1) * 0x9e3779b97f4a7c15ull ^ (uint64_t{tag} * 0xff51afd7ed558ccdull);
    std::memcpy(data.data() + i, &word, std::min(sizeof(word), size - i));
  }
  return data;
}

void write_plainly(const std::string& path, const Bytes& data) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw std::runtime_error("cannot write " + path);
  size_t done = 0;
  while (done < data.size()) {
    const int64_t n = sys::write_at(fd, data.data() + done, data.size() - done, -1);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  ::close(fd);
  if (done != data.size()) throw std::runtime_error("cannot write " + path);
}

Bytes read_plainly(const std::string& path) {
  Bytes data;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot read " + path);
  constexpr size_t kPart = 1024 * 1024;
  FileFacts facts;
  sys::facts(fd, &facts);
  size_t done = 0;
  for (;;) {
    data.resize(std::max<size_t>(facts.size + 1, done + (facts.size == 0 ? kPart : 1)));
    const int64_t n = sys::read_at(fd, data.data() + done, data.size() - done, -1);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  ::close(fd);
  return data;
}

size_t bytes_waiting(int fd) {
  int count = 0;
  if (::ioctl(fd, FIONREAD, &count) != 0) throw std::runtime_error("FIONREAD");
  return static_cast<size_t>(count);
}

void make_cold(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ::fdatasync(fd);
  // A page that somebody looks at in this moment stays.
  for (int tries = 0; tries < 50; tries++) {
    if (tries > 0) ::usleep(1000);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (!has_page_in_memory(fd)) break;
  }
  ::close(fd);
}

bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

int64_t milliseconds() { return sys::now_ns() / 1'000'000; }

uint32_t seed() {
  const char* given = std::getenv("RINGFS_TEST_SEED");
  if (given != nullptr) return static_cast<uint32_t>(std::strtoul(given, nullptr, 10));
  static const uint32_t drawn = std::random_device{}();
  return drawn;
}

}  // namespace ringfs::test
