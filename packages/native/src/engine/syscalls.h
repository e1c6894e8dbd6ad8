// System calls that glibc 2.36 has no wrapper for, and the small ones every op needs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/job.h"

struct open_how;

namespace ringfs::sys {

// openat2(2), Linux 5.6. Returns a descriptor or a negative errno.
int openat2(int dir_fd, const char* path, int flags, uint64_t resolve);

// open(2) with O_CLOEXEC, interrupted calls repeated. Returns a descriptor or a negative errno.
int openat(int dir_fd, const char* path, int flags, uint32_t mode);

// preadv2(2) / pwritev2(2) with RWF_NOWAIT; offset -1 is the file's own position. Bytes or a negative errno.
int64_t read_nowait(int fd, void* data, size_t size, int64_t offset);
int64_t write_nowait(int fd, const void* data, size_t size, int64_t offset);

// Reads from, or writes to, a stream that was found ready, on a descriptor that may block: another reader or writer may
// have been quicker, and no thread may wait for it. Bytes, or -EAGAIN, or another negative errno.
int64_t read_ready(int fd, void* data, size_t size);
int64_t write_ready(int fd, const void* data, size_t size);

// read(2) or pread(2), interrupted calls repeated; offset -1 is the file's own position. Bytes or a negative errno.
int64_t read_at(int fd, void* data, size_t size, int64_t offset);
int64_t write_at(int fd, const void* data, size_t size, int64_t offset);

// What libuv asks statx(2) for: the basic fields and the birth time. 0 or a negative errno.
int statx_all(int dir_fd, const char* path, int flags, struct statx* out);

// fstat(2), the fields the engine needs. 0 or a negative errno.
int facts(int fd, FileFacts* out);

// The same from what the kernel has at hand (AT_STATX_DONT_SYNC): never asks a server or a FUSE daemon.
int facts_without_sync(int fd, FileFacts* out);

// Notes the file's filesystem. statfs(2) may ask a server: not for the loop thread, unless the file was opened by a
// cached attempt, which never ends up on such a filesystem.
void filesystem(int fd, FileFacts* out);

bool is_nonblocking(int fd);
// Whether a read would give something, be it the end or an error, without waiting.
bool is_readable(int fd);
// Opened with O_DIRECT.
bool is_direct(int fd);

// faccessat2(2), Linux 5.8, with AT_EMPTY_PATH on an O_PATH descriptor. 0 or a negative errno.
int access_fd(int fd, int mode);

// getdents64(2), whatever the C library has of it. Bytes, 0 at the end, or a negative errno.
int64_t entries(int fd, void* data, size_t size);

// close(2). An interrupted close has closed (close(2), "Dealing with error returns"): reported as success.
int close(int fd);

// Takes O_NONBLOCK off again before a caller may see the descriptor. 0 or a negative errno.
int make_blocking(int fd);
// The same for a descriptor that was opened with `flags` and O_NONBLOCK: one system call instead of two.
int make_blocking(int fd, int flags);

// A duplicate above 2, close-on-exec. A descriptor or a negative errno.
int duplicate(int fd);

int64_t now_ns();
// The same clock, as of the last tick of the kernel's (up to 4 ms ago): five times cheaper.
int64_t coarse_now_ns();

}  // namespace ringfs::sys
