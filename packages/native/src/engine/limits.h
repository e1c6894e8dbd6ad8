// Every bound of the engine, by name. Tests sit at bound - 1, bound, bound + 1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringfs {

// Chains the ring thread keeps in the kernel at once. A consumer NVMe drive reaches its best rate near 256.
inline constexpr unsigned kRingSlots = 256;
// Four sqes a slot at most (the chunks of one large read) and as many cancels, with room to spare even when the kernel
// refuses a submission: a chain is never split, and never finds the queue full.
inline constexpr unsigned kSqEntries = 4096;
inline constexpr unsigned kCqEntries = 8192;

// Jobs that may be away from the loop thread at once (ring, pool and parking together). The rest wait in
// the backlog, holding no descriptor and no staging memory.
inline constexpr size_t kMaxAway = 512;
// Once the bound has been reached and results wait to be read, no more are sent before there is room for this many.
inline constexpr size_t kRefill = 128;

// Native threads of one environment: the ring thread, the parking thread, this many pool threads ...
inline constexpr unsigned kPoolThreads = 4;
// ... and this many for filesystems that may never answer. They are all that such a filesystem can hold.
inline constexpr unsigned kSlowThreads = 8;
// Jobs for such filesystems that are away at once; each may hold a descriptor. The rest wait and hold nothing.
inline constexpr size_t kMaxSlowAway = 64;

// First read of a chain: most files of a source tree fit.
inline constexpr size_t kChainBytes = 28 * 1024;
// Bytes asked for behind it: one more than none tells that the file goes on.
inline constexpr unsigned kBeyondBytes = 64;
// Memory for both, so that those of kMaxAway jobs are just what is kept (kKeptMemory).
inline constexpr size_t kChainMemory = 32 * 1024;
static_assert(kChainBytes + kBeyondBytes <= kChainMemory);
// A result larger than this is read straight into its own memory instead of being staged and copied.
inline constexpr size_t kStagedResultMax = 256 * 1024;
// Bytes that a cached attempt may copy on the event-loop thread (about 20 us at 10 GB/s).
inline constexpr size_t kCachedBytesMax = 256 * 1024;
// Memory that jobs keep between ops, all of one environment together: 64 writes of 256 KiB in flight.
inline constexpr size_t kKeptMemory = 16 * 1024 * 1024;
// User memory is read and written in pieces of this size, copied on the event-loop thread.
inline constexpr size_t kUserChunk = 1024 * 1024;
// The same for a file that the pool writes. As large as Node's own (kWriteFileMaxChunkSize): what Node writes in one
// piece concurrent writers cannot mix. 64 larger ones in flight would touch 64 MiB for the first time.
inline constexpr size_t kPoolWriteChunk = 512 * 1024;
// A large read goes to the kernel in pieces of this size, so that more than one core can copy.
inline constexpr size_t kReadChunk = 2 * 1024 * 1024;
inline constexpr unsigned kReadChunksInFlight = 4;  // at most
// One read(2) of the pool moves at most this many bytes, so that an abort or a tear-down is noticed soon.
inline constexpr size_t kPoolPiece = 8 * 1024 * 1024;
// A walk through folders lets the pool's other jobs go first after this long.
inline constexpr int64_t kPoolSliceNs = 5'000'000;
// Folders that one removal keeps open, however deep the tree is.
inline constexpr size_t kOpenLevels = 16;
// getdents64(2) is asked with this much room once a folder has turned out to be no small one.
inline constexpr size_t kFolderBytes = 128 * 1024;
// Bytes of results of 32 MiB and more that a process has read before it asks for huge pages.
inline constexpr uint64_t kHugePagesFrom = 512 * 1024 * 1024;
// Time that finding slow ones may take before quick ones have saved any: three results of 64 MiB, where the host has to
// find all of them.
inline constexpr double kHugePagesPurseNs = 500'000'000;
// Files whose size is not known (procfs, pipes) are read in pieces of this size; Node uses the same.
inline constexpr size_t kUnknownChunk = 64 * 1024;

// One read or write moves at most this many bytes (MAX_RW_COUNT, read(2)).
inline constexpr size_t kMaxTransfer = 0x7ffff000;
// Node refuses to read larger files into memory (kIoMaxLength in its lib/internal/fs/utils.js).
inline constexpr int64_t kMaxFileSize = 0x7fffffff;

// Results that JavaScript is given at once. What it starts at them is under way while it is given the next ones: with
// all of them at once, the threads and the disk wait for JavaScript, and then it for them.
inline constexpr size_t kDrainedTogether = 16;
// Time that cached attempts may take of one loop iteration; and results that have arrived, with what JavaScript does
// with them.
inline constexpr int64_t kLoopBudgetNs = 500'000;
// Looking for an answer instead of sleeping: for this long, and by the loop thread where at most so many are awaited,
// for as long as this in one iteration.
inline constexpr int64_t kLookNs = 30'000;
inline constexpr size_t kLookFor = 4;
inline constexpr int64_t kLookEachIterationNs = 200'000;
// Where up to so many are awaited the threads that work on them may go first, once or twice, before the loop thread
// sleeps.
inline constexpr size_t kYieldFor = 64;
// One that came back later has waited for somebody else's turn (3 ms) to end.
inline constexpr int64_t kYieldNs = 1'000'000;
// A backlog longer than this is shared with another thread; a shorter one is not worth a thread hop.
inline constexpr size_t kShareAbove = 16;
// Whole-file reads that are shared with a thread of the pool at once: where there is a ring for those that turn out to
// wait, and where there is none. One that takes longer there than this counts as one that had to wait.
inline constexpr size_t kSharedMost = 64;
inline constexpr size_t kSharedMostWithoutRing = 256;
inline constexpr int64_t kSharedNs = 60'000;
// One that is at it for so long does not keep the next one waiting.
inline constexpr int64_t kSharedWaitsNs = 2'000'000;

// With every slot taken and more waiting, the ring thread sleeps for this many cqes or this long,
// whichever comes first: one enter per 27 cold files instead of one per 6, and faster.
inline constexpr unsigned kSaturatedWaitCqes = 64;
inline constexpr int64_t kSaturatedWaitNs = 2'000'000;

// Misses that wait for their turn with a file open; beyond that they close it and open it again.
inline constexpr size_t kOpenBacklog = 64;

// Below that the ring thread sleeps for one cqe at a time; from here on for a quarter of those in flight, or this long.
inline constexpr unsigned kManyInFlight = 32;
inline constexpr int64_t kManyWaitNs = 300'000;
// With this many results that the loop thread has not looked at, it sleeps for most of those in flight, or this long.
inline constexpr size_t kAheadOfLoop = 32;
inline constexpr unsigned kAheadInFlight = 4;
inline constexpr int64_t kAheadWaitNs = 600'000;

// Paths remembered as cached (16 bytes each), and for how long after they were last seen to be.
inline constexpr size_t kSeenPaths = 8192;
inline constexpr int64_t kSeenNs = 1'000'000'000;

// Refusals of the ring that are remembered, and how many of one op speak for all files whose device is not known.
inline constexpr size_t kRefusals = 64;
inline constexpr unsigned kRefusalsForAll = 8;

// Cached attempts that share one system call. From 16 on one more makes no file cheaper; this many take about 70 us.
inline constexpr unsigned kTriedTogether = 64;

// How often a cancel is repeated while its chain has not come to its end.
inline constexpr int64_t kCancelAgainNs = 5'000'000;

// A ring that cannot be entered for want of memory is tried again after a pause, and given up after so long.
inline constexpr int64_t kEnterPauseNs = 1'000'000;
inline constexpr int64_t kEnterPatienceNs = 1'000'000'000;
// What could not be had for want of descriptors or memory is asked for again, with the next job, after so long.
inline constexpr int64_t kAskAgainNs = 1'000'000'000;
// How long a ring that was given up waits for its requests to end.
inline constexpr int64_t kCancelWaitNs = 100'000'000;

// Tear-down waits this long for requests that cannot be cancelled before it leaves a thread behind.
inline constexpr int64_t kStopWaitNs = 5'000'000'000;
// The same for threads that wait for a filesystem that may never answer.
inline constexpr int64_t kStopWaitSlowNs = 500'000'000;
// A day: for requests on local filesystems that must be through before their memory goes.
inline constexpr int64_t kStopWaitForeverNs = 86'400'000'000'000;

// Retry of an open that would have blocked (a FIFO with no reader, a file lease being broken).
inline constexpr int kRetryFirstMs = 1;
inline constexpr int kRetryLastMs = 32;

}  // namespace ringfs
