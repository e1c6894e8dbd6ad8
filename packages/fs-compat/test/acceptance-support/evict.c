// evict FILE...
// Takes files out of the page cache, as far as a user without rights can: for tests of cold reads.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    const int fd = open(argv[i], O_RDONLY);
    if (fd < 0 || fdatasync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) {
      perror(argv[i]);
      return 1;
    }
    close(fd);
  }
  return 0;
}
