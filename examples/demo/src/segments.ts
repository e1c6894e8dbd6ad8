import type { Entry } from './walk';

/** A segment's contents are held in memory at once. */
export const segmentBytesMax = 128 * 1024 * 1024;

/** Cuts the list, in order, into segments of at most `bytesMax`; a larger file is a segment of its own. */
export function cutSegments(files: readonly Entry[], bytesMax = segmentBytesMax): Entry[][] {
  const segments: Entry[][] = [];
  let roomLeft = 0;
  for (const file of files) {
    if (segments.length === 0 || file.bytes > roomLeft) {
      segments.push([]);
      roomLeft = bytesMax;
    }
    segments[segments.length - 1].push(file);
    roomLeft -= file.bytes;
  }
  return segments;
}
