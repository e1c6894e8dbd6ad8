/** What differs between the versions of libuv that the supported versions of Node run on. */

const [major = 0, minor = 0] = process.versions.uv.split('.').map(Number);

function isAtLeast(wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Times of files are set to the nanosecond; earlier versions cut them off to the microsecond. */
export const setsNanoseconds = isAtLeast(1, 52);

/** copyFile gives the copy the owner and the times of its source. */
export const copiesOwner = isAtLeast(1, 49);
