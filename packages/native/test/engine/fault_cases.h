// Every op of the engine as a thing that can be tried again and again: what it needs, what it is asked, what must be
// true of its answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness.h"

namespace ringfs::test {

// What one try needs: a folder made anew, and descriptors that belong to the test.
struct Scene {
  explicit Scene(const Folder& in) : folder(in) {}
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  // A file with a pattern in it, and its path.
  std::string file(const std::string& name, size_t size, uint32_t tag);
  // Opened by the test, closed with the scene.
  int open(const std::string& path, int flags);
  // Both ends of a pipe; the first is to be read.
  std::pair<int, int> pipe();
  // Made, and opened for both sides.
  int fifo(const std::string& name);
  // The op takes the descriptor over.
  void give_away(int fd);

  const Folder& folder;

 private:
  std::vector<int> fds_;
};

struct FaultCase {
  std::string name;
  std::function<Ask(Scene& scene)> ask;
  // Looks at an answer without an error. Empty: it is right.
  std::function<std::string(Scene& scene, const Outcome& outcome)> judge;
  // So many small files are read in the same batch: their attempts share system calls (engine/cached_ring.h).
  size_t company = 0;
};

const std::vector<FaultCase>& fault_cases();

}  // namespace ringfs::test
