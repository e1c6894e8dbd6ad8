// silent_fuse FOLDER COMMAND [ARGUMENT...]
// Runs a command that sees a FUSE filesystem at FOLDER which answers some requests and never others. The mount is in a
// mount namespace of its own and goes away with this program, which ends as the command did. Needs root and /dev/fuse.
//
// What a file does is in its name: lookup-..., open-..., read-..., write-... and flush-... leave just that request
// without an answer, for good; folder-... is a folder whose names never come. prompt-... answers everything, and holds
// kSize times 'x'. Other names do not exist; to ask for `loud` answers with EIO all that waits and all that would wait, to
// ask for `quiet` ends that. A request is given up, with EINTR, where its process is being killed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSize = 4096, kRequestBytes = 1 << 20, kSecondsValid = 3600, kMostWaiting = 4096 };

// The number of a file's node is the place of its kind here, behind the root's 1.
static const char *const kinds[] = {"lookup-", "open-", "read-", "write-", "flush-", "prompt-", "folder-"};
enum { kLookup = 2, kOpen, kRead, kWrite, kFlush, kPrompt, kFolder };

static int device = -1;

static void fail(const char *what) {
  perror(what);
  exit(70);
}

static void answer(uint64_t unique, int error, const void *data, size_t size) {
  static char out[kRequestBytes];
  struct fuse_out_header header = {(uint32_t)(sizeof(header) + size), -error, unique};
  memcpy(out, &header, sizeof(header));
  if (size > 0) memcpy(out + sizeof(header), data, size);
  // ENOENT: the request was given up meanwhile.
  if (write(device, out, header.len) < 0 && errno != ENOENT) fail("silent_fuse: write");
}

static uint64_t waiting[kMostWaiting];
static size_t waiters = 0;
static int loud = 0;

static void leave(uint64_t unique) {
  if (loud || waiters == kMostWaiting) answer(unique, EIO, NULL, 0);
  else waiting[waiters++] = unique;
}

static void turn(int to_loud) {
  loud = to_loud;
  while (loud && waiters > 0) answer(waiting[--waiters], EIO, NULL, 0);
}

static uint64_t node_of(const char *name) {
  for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
    if (strncmp(name, kinds[i], strlen(kinds[i])) == 0) return i + 2;
  }
  return 0;
}

static struct fuse_attr attributes_of(uint64_t node) {
  struct fuse_attr attr;
  memset(&attr, 0, sizeof(attr));
  const int folder = node == FUSE_ROOT_ID || node == kFolder;
  attr.ino = node;
  attr.size = folder ? 0 : kSize;
  attr.mode = folder ? S_IFDIR | 0777 : S_IFREG | 0666;
  attr.nlink = 1;
  attr.blksize = 4096;
  return attr;
}

static void answer_lookup(uint64_t unique, const char *name) {
  struct fuse_entry_out out;
  memset(&out, 0, sizeof(out));
  const uint64_t node = node_of(name);
  if (node == kLookup) {
    leave(unique);
    return;
  }
  if (node == 0) {
    if (strcmp(name, "loud") == 0) turn(1);
    if (strcmp(name, "quiet") == 0) turn(0);
    answer(unique, ENOENT, NULL, 0);
    return;
  }
  out.nodeid = node;
  out.entry_valid = out.attr_valid = kSecondsValid;
  out.attr = attributes_of(node);
  answer(unique, 0, &out, sizeof(out));
}

static void answer_attributes(uint64_t unique, uint64_t node) {
  struct fuse_attr_out out;
  memset(&out, 0, sizeof(out));
  out.attr_valid = kSecondsValid;
  out.attr = attributes_of(node);
  answer(unique, 0, &out, sizeof(out));
}

static void answer_read(uint64_t unique, const struct fuse_read_in *in) {
  static char bytes[kSize];
  memset(bytes, 'x', sizeof(bytes));
  const uint64_t from = in->offset < kSize ? in->offset : kSize;
  const uint64_t size = in->size < kSize - from ? in->size : kSize - from;
  answer(unique, 0, bytes, size);
}

static void handle(const struct fuse_in_header *in, const void *body) {
  const uint64_t node = in->nodeid;
  switch (in->opcode) {
    case FUSE_INIT: {
      struct fuse_init_out out;
      memset(&out, 0, sizeof(out));
      out.major = FUSE_KERNEL_VERSION;
      out.minor = 31;
      out.max_write = 65536;
      out.flags = FUSE_PARALLEL_DIROPS;
      answer(in->unique, 0, &out, sizeof(out));
      return;
    }
    case FUSE_LOOKUP:
      answer_lookup(in->unique, body);
      return;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
      answer_attributes(in->unique, node);
      return;
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
      struct fuse_open_out out;
      memset(&out, 0, sizeof(out));
      if (node == kOpen) leave(in->unique);
      else answer(in->unique, 0, &out, sizeof(out));
      return;
    }
    case FUSE_READ:
      if (node == kRead) leave(in->unique);
      else answer_read(in->unique, body);
      return;
    case FUSE_WRITE: {
      struct fuse_write_out out;
      memset(&out, 0, sizeof(out));
      out.size = ((const struct fuse_write_in *)body)->size;
      if (node == kWrite) leave(in->unique);
      else answer(in->unique, 0, &out, sizeof(out));
      return;
    }
    case FUSE_READDIR:
      if (node == kFolder) leave(in->unique);
      else answer(in->unique, 0, NULL, 0);
      return;
    case FUSE_FLUSH:
      if (node == kFlush) leave(in->unique);
      else answer(in->unique, 0, NULL, 0);
      return;
    case FUSE_INTERRUPT:
      answer(((const struct fuse_interrupt_in *)body)->unique, EINTR, NULL, 0);
      return;
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      answer(in->unique, 0, NULL, 0);
      return;
    case FUSE_STATFS:
      leave(in->unique);
      return;
    case FUSE_FORGET:  // these have no answer
    case FUSE_BATCH_FORGET:
      return;
    default:
      answer(in->unique, ENOSYS, NULL, 0);
  }
}

static void mount_at(const char *folder) {
  char options[128];
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (device < 0) fail("silent_fuse: /dev/fuse");
  if (unshare(CLONE_NEWNS) != 0) fail("silent_fuse: unshare");
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) fail("silent_fuse: private");
  snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
  if (mount("silent", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0) fail("silent_fuse: mount");
}

static int serve(int signals, pid_t command) {
  static union {
    struct fuse_in_header header;
    char bytes[kRequestBytes];
  } request;
  for (;;) {
    struct pollfd fds[] = {{device, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) fail("silent_fuse: poll");
    int status = 0;
    if (waitpid(command, &status, WNOHANG) == command) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    struct signalfd_siginfo signal;
    if (fds[1].revents != 0 && read(signals, &signal, sizeof(signal)) < 0) fail("silent_fuse: signalfd");
    const ssize_t n = read(device, &request, sizeof(request));
    // ENOENT: given up before it was read.
    if (n < 0 && errno != EAGAIN && errno != ENOENT && errno != EINTR) fail("silent_fuse: read");
    if (n > 0) handle(&request.header, request.bytes + sizeof(struct fuse_in_header));
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "use: silent_fuse FOLDER COMMAND [ARGUMENT...]\n");
    return 64;
  }
  mount_at(argv[1]);
  sigset_t mask;
  sigset_t before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, &before);
  const int signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t command = fork();
  if (signals < 0 || command < 0) fail("silent_fuse: fork");
  if (command == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    execvp(argv[2], argv + 2);
    fail(argv[2]);
  }
  return serve(signals, command);
}
