/* The ops of the rows as plain system calls: what is left when there is no runtime at all. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "floor.h"

/* One buffer of getdents64 for a whole folder. */
enum { kEntriesBytes = 1024 * 1024 };

static char* written;
static char* entries;
static int handle = -1;

void prepare_ops(const struct files* files) {
  written = malloc(files->bytes);
  entries = malloc(kEntriesBytes);
  if (written == NULL || entries == NULL) fail("malloc", files->folder);
  memset(written, 'w', files->bytes);
}

static const char* path_of(const struct files* files, size_t index) { return files->paths[index % files->count]; }

/* Memory of its own for every result, as a result in JavaScript has. */
static void read_file(const struct files* files, size_t index) {
  const char* path = path_of(files, index);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) < 0) fail("open", path);
  char* data = malloc((size_t)info.st_size);
  if (data == NULL) fail("malloc", path);
  for (off_t done = 0; done < info.st_size;) {
    ssize_t count = read(fd, data + done, (size_t)(info.st_size - done));
    if (count <= 0) fail("read", path);
    done += count;
  }
  close(fd);
  free(data);
}

static void write_file(const struct files* files, size_t index) {
  const char* path = path_of(files, index);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || write(fd, written, files->bytes) != (ssize_t)files->bytes) fail("write", path);
  close(fd);
}

static void stat_file(const struct files* files, size_t index) {
  struct stat info;
  if (stat(path_of(files, index), &info) < 0) fail("stat", path_of(files, index));
}

/* Blocks of 4 KiB at scattered places of one open file, in the order of the row. */
static void read_block(const struct files* files, size_t index) {
  enum { kBlock = 4096, kStride = 7919 };
  static char block[kBlock];
  if (handle < 0) handle = open(files->paths[0], O_RDONLY | O_CLOEXEC);
  size_t blocks = files->bytes / kBlock;
  if (pread(handle, block, kBlock, (off_t)(index * kStride % blocks * kBlock)) != kBlock)
    fail("pread", files->paths[0]);
}

static void open_close(const struct files* files, size_t index) {
  int fd = open(path_of(files, index), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open", path_of(files, index));
  close(fd);
}

/* A new folder for every round, as src/fresh-folder.ts makes one. */
static char fresh[4096];

static void make_fresh_folder(const struct files* files) {
  snprintf(fresh, sizeof fresh, "%s/XXXXXX", files->folder);
  if (mkdtemp(fresh) == NULL) fail("mkdtemp", fresh);
}

static void made_path(char* out, size_t size, size_t index) { snprintf(out, size, "%.4000s/made-%zu", fresh, index); }

static void create_unlink(const struct files* files, size_t index) {
  char path[4096];
  made_path(path, sizeof path, index);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0 || write(fd, written, files->bytes) != (ssize_t)files->bytes) fail("write", path);
  close(fd);
  if (unlink(path) < 0) fail("unlink", path);
}

static void mkdir_rmdir(const struct files* files, size_t index) {
  (void)files;
  char path[4096];
  made_path(path, sizeof path, index);
  if (mkdir(path, 0777) < 0 || rmdir(path) < 0) fail("mkdir", path);
}

static void read_folder(const struct files* files, size_t index) {
  (void)index;
  int fd = open(files->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("open", files->folder);
  long count = 1;
  while (count > 0) count = syscall(SYS_getdents64, fd, entries, (unsigned)kEntriesBytes);
  if (count < 0) fail("getdents64", files->folder);
  close(fd);
}

static const struct {
  const char* name;
  op_fn op;
} ops[] = {
    {"read-file", read_file},     {"write-file", write_file},   {"stat", stat_file},
    {"read-block", read_block},   {"open-close", open_close},   {"create-unlink", create_unlink},
    {"mkdir-rmdir", mkdir_rmdir}, {"read-folder", read_folder},
};

/* Off the clock: the page cache of an idle file may have been reclaimed. */
void refresh(op_fn op, const struct files* files) {
  if (op == create_unlink || op == mkdir_rmdir) {
    make_fresh_folder(files);
    return;
  }
  for (size_t i = 0; i < files->count; i++) read_file(files, i);
}

op_fn find_op(const char* name) {
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
    if (strcmp(ops[i].name, name) == 0) return ops[i].op;
  }
  return NULL;
}
