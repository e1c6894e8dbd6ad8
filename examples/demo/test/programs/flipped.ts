/** A copy of the bytes, the first one changed. Twice is the original again. */
export function flipped(data: Uint8Array): Buffer {
  const changed = Buffer.from(data);
  if (changed.length > 0) changed[0] ^= 1;
  return changed;
}
