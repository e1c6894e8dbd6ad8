// The layout of the memory that JavaScript and the addon share on the loop thread. `native/src/layout.ts` is the
// other side: the two change together, and a test compares them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringfs::records {

// A batch: records of 16 words, and one area for the bytes of their paths.
inline constexpr size_t kMaxRecords = 1024;
inline constexpr size_t kRecordWords = 16;
// Behind the batch's records lies the one of an attempt that is made at once. Its id says what became of it.
inline constexpr size_t kAttemptRecord = kMaxRecords;
inline constexpr size_t kPathBytes = 256 * 1024;

// Not 0 while results are made: user code that runs then (an async_hooks init of a handle) must not submit.
inline constexpr size_t kBusyAt = kAttemptRecord * kRecordWords + 9;

// Words of a record. Two words hold a float64 where the name says so; all are on an 8-byte boundary.
inline constexpr size_t kOp = 0;
inline constexpr size_t kId = 1;
inline constexpr size_t kFd = 2;
inline constexpr size_t kFlags = 3;
inline constexpr size_t kMode = 4;
inline constexpr size_t kOptions = 5;
inline constexpr size_t kPathOffset = 6;
inline constexpr size_t kPathLength = 7;
inline constexpr size_t kPath2Length = 8;  // its bytes follow those of the first
inline constexpr size_t kPosition = 10;    // float64
inline constexpr size_t kLength = 12;      // float64
inline constexpr size_t kViewOffset = 14;  // float64
// Of utimes, which moves no bytes: seconds since the epoch.
inline constexpr size_t kAtime = kLength;
inline constexpr size_t kMtime = kViewOffset;

// Outcomes: four words and a float64 each, and the fields of a stat.
inline constexpr size_t kMaxResults = kMaxRecords;
inline constexpr size_t kResultWords = 4;
inline constexpr size_t kResultId = 0;
inline constexpr size_t kResultError = 1;
inline constexpr size_t kResultCall = 2;
inline constexpr size_t kResultLane = 3;  // and kOpenedPlain
inline constexpr int32_t kOpenedPlain = 1 << 8;
inline constexpr size_t kStatFields = 18;

// Ids are indices into JavaScript's table of pending ops: one per op in flight.
inline constexpr uint32_t kMaxId = 1u << 24;

}  // namespace ringfs::records
