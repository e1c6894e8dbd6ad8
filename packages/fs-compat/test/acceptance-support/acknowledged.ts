/** What the program `acknowledge` writes, for those who look at it afterwards. */

export function contentOf(n: number): Buffer {
  return Buffer.alloc(1 + ((n * 7919) % 150_000), `${n},`);
}

export function lineOf(n: number): string {
  return `${n}${'.'.repeat(n % 100)}\n`;
}
