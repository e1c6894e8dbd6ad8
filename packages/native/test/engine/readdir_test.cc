#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness.h"
#include "ops/names.h"

using namespace ringfs;
using namespace ringfs::test;

namespace {

using Texts = std::vector<std::string>;

Ask ask_readdir(const std::string& path, int flags = 0, uint32_t options = 0) {
  return ask_path(Op::kReaddir, path, flags, 0, options);
}

void make_file(const std::string& path) { write_plainly(path, Bytes()); }
void make_folder(const std::string& path) { REQUIRE(::mkdir(path.c_str(), 0777) == 0); }

// a/x/1, a/f, b/y, z, and links to a and back to b.
void make_tree(const Folder& folder) {
  for (const std::string name : {"a", "a/x", "a/x/1", "b", "b/y"}) make_folder(folder / name);
  for (const std::string name : {"a/f", "z"}) make_file(folder / name);
  REQUIRE(::symlink("a", (folder / "link").c_str()) == 0);
  REQUIRE(::symlink("z", (folder / "to-z").c_str()) == 0);
  REQUIRE(::symlink("gone", (folder / "dangling").c_str()) == 0);
}

}  // namespace

TEST_CASE("readdir: every name once, by its bytes, without the two dots") {
  on_both_backends_and_disk([](Session& session, const Folder& folder) {
    CHECK(session.run(ask_readdir(folder.path())).names.empty());
    Texts expected = {"a", "ab", "abcdefgh", "abcdefghi", "abcdefghij", "abcdefgi", "B", ".x", "..y", "\xff", "a\xff"};
    for (int i = 0; i < 2000; i++) expected.push_back("name-of-a-file-" + std::to_string(i * 7919 % 2000));
    for (const std::string& name : expected) make_file(folder / name);
    std::sort(expected.begin(), expected.end());  // std::string compares bytes as unsigned
    const Outcome sorted = session.run(ask_readdir(folder.path()));
    CHECK(sorted.error == 0);
    CHECK(sorted.lane == Lane::kBlocking);
    CHECK(sorted.value == static_cast<int64_t>(expected.size()));
    CHECK((sorted.names == expected));
    Outcome as_found = session.run(ask_readdir(folder.path(), readdir::kAsFound));
    std::sort(as_found.names.begin(), as_found.names.end());
    CHECK((as_found.names == expected));
  });
}

TEST_CASE("readdir: kinds") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    make_tree(folder);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    const Outcome outcome = session.run(ask_readdir(folder.path(), readdir::kTypes));
    CHECK((outcome.names == Texts{"da", "db", "ldangling", "pfifo", "llink", "lto-z", "fz"}));
    CHECK(outcome.counts.empty());
  });
}

TEST_CASE("readdir: failures name scandir") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    make_file(folder / "file");
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    const std::vector<std::pair<std::string, int>> cases = {
        {"missing", ENOENT}, {"file", ENOTDIR}, {"file/below", ENOTDIR}, {"fifo", ENOTDIR}};
    for (const auto& [name, error] : cases) {
      for (const uint32_t options : {0u, option::kRecursive}) {
        const Outcome outcome = session.run(ask_readdir(folder / name, 0, options));
        CHECK(outcome.error == error);
        CHECK(outcome.call == Call::kScandir);
      }
    }
    CHECK(session.run(ask_readdir("")).error == ENOENT);
  });
}

TEST_CASE("readdir of a tree: in both orders, through links or not") {
  on_every_lane_and_disk([](Session& session, const Folder& folder) {
    make_tree(folder);
    const auto tree = [&](int flags) { return session.run(ask_readdir(folder.path(), flags, option::kRecursive)); };
    CHECK((tree(0).names == Texts{"a", "b", "dangling", "link", "to-z", "z", "a/f", "a/x", "b/y", "a/x/1"}));
    CHECK((tree(readdir::kLastFirst).names ==
           Texts{"a", "b", "dangling", "link", "to-z", "z", "b/y", "a/f", "a/x", "a/x/1"}));
    CHECK((tree(readdir::kThroughLinks).names == Texts{"a", "b", "dangling", "link", "to-z", "z", "a/f", "a/x", "b/y",
                                                       "link/f", "link/x", "a/x/1", "link/x/1"}));
    const Outcome kinds = tree(readdir::kTypes);
    CHECK((kinds.names == Texts{"da", "db", "ldangling", "llink", "lto-z", "fz", "ff", "dx", "dy", "d1"}));
    CHECK((kinds.folders == Texts{"", "a", "b", "a/x", "b/y", "a/x/1"}));
    CHECK((kinds.counts == std::vector<uint32_t>{6, 2, 1, 1, 0, 0}));
  });
}

TEST_CASE("readdir of a tree whose links lead back ends where the kernel says ELOOP") {
  on_every_lane([](Session& session, const Folder& folder) {
    REQUIRE(::symlink(".", (folder / "self").c_str()) == 0);
    const Outcome outcome = session.run(ask_readdir(folder.path(), readdir::kThroughLinks, option::kRecursive));
    CHECK(outcome.error == 0);
    CHECK(outcome.names.size() == 41);
  });
}

TEST_CASE("readdir of a tree: a folder that is no text is an error where only text will do") {
  on_every_lane([](Session& session, const Folder& folder) {
    make_file(folder / "file\xff");
    CHECK(session.run(ask_readdir(folder.path(), readdir::kTextOnly, option::kRecursive)).error == 0);
    make_folder(folder / "dir\xff");
    CHECK(session.run(ask_readdir(folder.path(), readdir::kTextOnly, option::kRecursive)).error == EILSEQ);
    CHECK(session.run(ask_readdir(folder.path(), 0, option::kRecursive)).names.size() == 2);
  });
}

TEST_CASE("readdir: many at once, some cancelled, and one engine stopped amid a tree") {
  on_every_lane([](Session& session, const Folder& folder) {
    for (int i = 0; i < 300; i++) make_folder(folder / ("d" + std::to_string(i)));
    for (int i = 0; i < 300; i++) make_folder(folder / ("d" + std::to_string(i) + "/e"));
    std::vector<Ask> asks;
    for (int i = 0; i < 40; i++) asks.push_back(ask_readdir(folder.path(), 0, i % 2 == 0 ? option::kRecursive : 0));
    const uint32_t first = session.submit(std::move(asks));
    for (uint32_t i = 0; i < 40; i += 5) session.engine().cancel(first + i);
    REQUIRE(session.turn_until_idle());
    size_t wrong = 0;
    for (uint32_t i = 0; i < 40; i++) {
      const Outcome& outcome = session.outcome(first + i);
      const bool cancelled = i % 5 == 0 && outcome.error == ECANCELED;
      wrong += !cancelled && (outcome.error != 0 || outcome.names.size() != (i % 2 == 0 ? 600 : 300));
    }
    CHECK(wrong == 0);
    // Left in flight: with_lanes stops the engine and looks for descriptors and threads.
    session.submit({ask_readdir(folder.path(), 0, option::kRecursive), ask_readdir("/proc", 0, option::kRecursive)});
  });
}

TEST_CASE("what is UTF-8 and what is not") {
  const auto text = [](const std::string& bytes) { return is_utf8(bytes.data(), bytes.size()); };
  for (const std::string good : {"", "a", "é", "日本", "😀", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CHECK(text(good));
  }
  for (const std::string bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "a\xe2\x82", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xf0\x9f\x98"}) {
    CHECK_FALSE(text(bad));
  }
}
