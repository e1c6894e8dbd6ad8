/* Takes files out of the page cache one by one: needs no root, and leaves the rest of the machine its cache. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "floor.h"

static size_t pages_in_cache(int fd, size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t pages = (bytes + page - 1) / page;
  void* map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
  unsigned char* in_core = malloc(pages);
  if (map == MAP_FAILED || in_core == NULL || mincore(map, bytes, in_core) < 0) return pages;
  size_t found = 0;
  for (size_t i = 0; i < pages; i++) found += in_core[i] & 1;
  munmap(map, bytes);
  free(in_core);
  return found;
}

void evict(const struct files* files) {
  size_t kept = 0;
  for (size_t i = 0; i < files->count; i++) {
    int fd = open(files->paths[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open", files->paths[i]);
    int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (error == 0 && pages_in_cache(fd, files->bytes) > 0) {
      /* Only clean pages leave. */
      if (fdatasync(fd) < 0) fail("fdatasync", files->paths[i]);
      error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    }
    if (error != 0) fail("posix_fadvise", files->paths[i]);
    kept += pages_in_cache(fd, files->bytes);
    close(fd);
  }
  if (kept > 0) {
    fprintf(stderr, "evict: %zu pages of %s stay in the page cache\n", kept, files->folder);
    exit(1);
  }
}
