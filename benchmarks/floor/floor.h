#ifndef RINGFS_BENCH_FLOOR_H
#define RINGFS_BENCH_FLOOR_H

#include <stddef.h>

/* What an op works on: FOLDER/file-0 to FOLDER/file-COUNT, each of BYTES bytes. */
struct files {
  const char* folder;
  char** paths;
  size_t count;
  size_t bytes;
};

/* Does the op number `index`. Ends the program where it fails. */
typedef void (*op_fn)(const struct files* files, size_t index);

/* The op of this name, or NULL. */
op_fn find_op(const char* name);

/* Makes room for what an op needs before the clock runs. */
void prepare_ops(const struct files* files);

/* Before every round, off the clock: what the op wants to find. */
void refresh(op_fn op, const struct files* files);

/* Takes the files out of the page cache, and ends the program with a message where the kernel keeps pages. */
void evict(const struct files* files);

/* Ends the program with `what`, the path and errno in words. */
_Noreturn void fail(const char* what, const char* path);

#endif
