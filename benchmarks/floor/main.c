/*
 * The floor of a row:       floor OP FOLDER COUNT BYTES
 *   reads lines `round OPS` and answers each with one line of JSON, as the children that run JavaScript do.
 * Files out of the cache:   floor evict FOLDER COUNT BYTES
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "floor.h"

_Noreturn void fail(const char* what, const char* path) {
  printf("{\"failure\":\"floor: %s %s: %s\"}\n", what, path, strerror(errno));
  fflush(stdout);
  exit(1);
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double us_of(struct timeval t) { return (double)t.tv_sec * 1e6 + (double)t.tv_usec; }

static void run_round(op_fn op, const struct files* files, size_t ops) {
  refresh(op, files);
  struct rusage before;
  struct rusage after;
  getrusage(RUSAGE_SELF, &before);
  double start = now_us();
  for (size_t i = 0; i < ops; i++) op(files, i);
  double wall = now_us() - start;
  getrusage(RUSAGE_SELF, &after);
  double cpu = us_of(after.ru_utime) + us_of(after.ru_stime) - us_of(before.ru_utime) - us_of(before.ru_stime);
  double switches = (double)(after.ru_nvcsw - before.ru_nvcsw);
  double n = (double)ops;
  printf("{\"result\":{\"wallUs\":%g,\"cpuUs\":%g,\"switches\":%g}}\n", wall / n, cpu / n, switches / n);
  fflush(stdout);
}

static struct files list_files(const char* folder, size_t count, size_t bytes) {
  struct files files = {folder, calloc(count, sizeof(char*)), count, bytes};
  for (size_t i = 0; i < count; i++) {
    if (asprintf(&files.paths[i], "%s/file-%zu", folder, i) < 0) fail("asprintf", folder);
  }
  return files;
}

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: floor OP|evict FOLDER COUNT BYTES\n");
    return 2;
  }
  struct files files = list_files(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
  if (strcmp(argv[1], "evict") == 0) {
    evict(&files);
    return 0;
  }
  op_fn op = find_op(argv[1]);
  if (op == NULL) fail("no op is called", argv[1]);
  prepare_ops(&files);
  printf("{\"result\":{\"runtime\":\"system calls, C\"}}\n");
  fflush(stdout);

  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t ops;
    if (sscanf(line, "round %zu", &ops) == 1) run_round(op, &files, ops);
  }
  return 0;
}
