// The names of folders, packed: what getdents64(2) gives, without its padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/job.h"

namespace ringfs {

class Names {
 public:
  // What a name stands for, by libuv's numbers (UV_DIRENT_T in uv.h), which are those of Node's Dirent.
  enum Kind : uint8_t { kUnknown = 0, kFile, kDirectory, kLink, kFifo, kSocket, kCharacter, kBlock };

  struct Entry {
    uint64_t order = 0;  // the bytes that tell it from the others of its folder, for sorting
    uint32_t length = 0;
    Kind kind = kUnknown;
    size_t at = 0;
  };

  // Takes what one call of getdents64(2) gave, without "." and "..".
  void take(const uint8_t* dirents, size_t size);
  // Takes one more name.
  void add(const std::string& name, Kind kind);

  // Sorts the entries from `first` on by their bytes, as libuv's scandir does.
  void sort(size_t first);

  size_t size() const { return entries_.size(); }
  const Entry& entry(size_t i) const { return entries_[i]; }
  const char* text(size_t i) const { return bytes_.data() + entries_[i].at; }
  std::string name(size_t i) const { return std::string(text(i), entries_[i].length); }
  // Takes the entries from `first` on away again.
  void cut(size_t first);

 private:
  void sort_by_order(size_t first);
  int compare(const Entry& a, const Entry& b, size_t from) const;

  std::string bytes_;
  std::vector<Entry> entries_;
};

// What a readdir brings back.
struct Listing : JobState {
  Names names;
  // Recursive, with kinds: the folders that were read, below the one that was asked for, and how many names each has.
  Names folders;
  std::vector<uint32_t> counts;
  bool kinds = false;
};

bool is_ascii(const char* text, size_t length);
bool is_utf8(const char* text, size_t length);

}  // namespace ringfs
