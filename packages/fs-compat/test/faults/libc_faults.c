// Preloaded into Node: the nth call of libc's file functions that a thread of libuv's pool makes fails. For the backend
// that is Node itself, and for bare Node beside it. Asked for by paths that no filesystem has:
//   access("/ringfs-faults/arm/NTH/ERRNO/FOR_GOOD")
//   readlink("/ringfs-faults/disarm") answers how often it has struck
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char kPrefix[] = "/ringfs-faults/";
static atomic_bool armed;
static atomic_ulong seen, struck, nth;
static atomic_int error_number;
static atomic_bool for_good;

static long (*real_syscall)(long, ...);

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static bool strikes(void) {
  if (!atomic_load(&armed)) return false;
  if (real_syscall == NULL) real_syscall = (long (*)(long, ...))next("syscall");
  if (real_syscall(SYS_gettid) == getpid()) return false;
  const unsigned long n = atomic_fetch_add(&seen, 1) + 1;
  const unsigned long from = atomic_load(&nth);
  if (n != from && !(n > from && atomic_load(&for_good))) return false;
  atomic_fetch_add(&struck, 1);
  errno = atomic_load(&error_number);
  return true;
}

// What libuv tells its loop by has no type of file; that must get through.
static bool is_file(int fd) {
  struct stat st;
  return real_syscall == NULL || (syscall(SYS_fstat, fd, &st) == 0 && (st.st_mode & S_IFMT) != 0);
}

#define WRAP(type, name, parameters, arguments, failure)                   \
  type name parameters {                                                   \
    static type(*real) parameters;                                         \
    if (real == NULL) real = (type(*) parameters)next(#name);              \
    return strikes() ? failure : real arguments;                           \
  }
#define WRAP_FD(type, name, parameters, arguments)                         \
  type name parameters {                                                   \
    static type(*real) parameters;                                         \
    if (real == NULL) real = (type(*) parameters)next(#name);              \
    return atomic_load(&armed) && is_file(fd) && strikes() ? -1 : real arguments; \
  }

WRAP_FD(ssize_t, read, (int fd, void *out, size_t size), (fd, out, size))
WRAP_FD(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP_FD(ssize_t, readv, (int fd, const struct iovec *views, int count), (fd, views, count))
WRAP_FD(ssize_t, writev, (int fd, const struct iovec *views, int count), (fd, views, count))
WRAP_FD(ssize_t, pread64, (int fd, void *out, size_t size, off_t at), (fd, out, size, at))
WRAP_FD(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP_FD(ssize_t, preadv64, (int fd, const struct iovec *views, int count, off_t at), (fd, views, count, at))
WRAP_FD(ssize_t, pwritev64, (int fd, const struct iovec *views, int count, off_t at), (fd, views, count, at))
WRAP_FD(ssize_t, preadv, (int fd, const struct iovec *views, int count, off_t at), (fd, views, count, at))
WRAP_FD(ssize_t, pwritev, (int fd, const struct iovec *views, int count, off_t at), (fd, views, count, at))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
WRAP(int, rmdir, (const char *path), (path), -1)
WRAP(int, unlink, (const char *path), (path), -1)
WRAP(int, rename, (const char *path, const char *to), (path, to), -1)
WRAP(int, link, (const char *path, const char *to), (path, to), -1)
WRAP(int, symlink, (const char *text, const char *path), (text, path), -1)
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode), -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, chown, (const char *path, uid_t user, gid_t group), (path, user, group), -1)
WRAP(int, lchown, (const char *path, uid_t user, gid_t group), (path, user, group), -1)
WRAP(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), -1)
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times), -1)
WRAP(int, utimensat, (int fd, const char *path, const struct timespec times[2], int flags), (fd, path, times, flags), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, fdatasync, (int fd), (fd), -1)
WRAP(int, ftruncate64, (int fd, off_t size), (fd, size), -1)
WRAP(int, statfs64, (const char *path, struct statfs64 *out), (path, out), -1)
WRAP(int, fstatfs64, (int fd, struct statfs64 *out), (fd, out), -1)
WRAP(ssize_t, sendfile64, (int to, int from, off_t *at, size_t size), (to, from, at, size), -1)
WRAP(char *, mkdtemp, (char *name), (name), NULL)
WRAP(char *, realpath, (const char *path, char *out), (path, out), NULL)
WRAP(DIR *, opendir, (const char *path), (path), NULL)
WRAP(struct dirent64 *, readdir64, (DIR *folder), (folder), NULL)
WRAP(int, scandir64,
     (const char *path, struct dirent64 ***out, int (*takes)(const struct dirent64 *),
      int (*order)(const struct dirent64 **, const struct dirent64 **)),
     (path, out, takes, order), -1)

int open64(const char *path, int flags, ...) {
  static int (*real)(const char *, int, ...);
  if (real == NULL) real = (int (*)(const char *, int, ...))next("open64");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return strikes() ? -1 : real(path, flags, mode);
}

// A close that fails has closed.
int close(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))next("close");
  const bool fails = strikes();
  const int code = errno;
  const int result = real(fd);
  if (!fails) return result;
  errno = code;
  return -1;
}

// statx and copy_file_range come this way.
long syscall(long number, ...) {
  if (real_syscall == NULL) real_syscall = (long (*)(long, ...))next("syscall");
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if ((number == SYS_statx || number == SYS_copy_file_range) && strikes()) return -1;
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int access(const char *path, int mode) {
  static int (*real)(const char *, int);
  if (real == NULL) real = (int (*)(const char *, int))next("access");
  unsigned long first;
  int code;
  int good;
  if (strncmp(path, kPrefix, sizeof(kPrefix) - 1) != 0) return strikes() ? -1 : real(path, mode);
  if (sscanf(path + sizeof(kPrefix) - 1, "arm/%lu/%d/%d", &first, &code, &good) != 3) return real(path, mode);
  atomic_store(&nth, first);
  atomic_store(&error_number, code);
  atomic_store(&for_good, good != 0);
  atomic_store(&seen, 0);
  atomic_store(&struck, 0);
  atomic_store(&armed, true);
  return 0;
}

ssize_t readlink(const char *path, char *out, size_t size) {
  static ssize_t (*real)(const char *, char *, size_t);
  if (real == NULL) real = (ssize_t(*)(const char *, char *, size_t))next("readlink");
  if (strncmp(path, kPrefix, sizeof(kPrefix) - 1) != 0) return strikes() ? -1 : real(path, out, size);
  atomic_store(&armed, false);
  return snprintf(out, size, "%lu", atomic_load(&struck));
}
