/** Name and version of what runs this code. Bun and Deno also say which Node they stand for; that is not asked. */
export function runtimeName(): string {
  const { versions } = process;
  const other = ['bun', 'deno'].find((name) => versions[name] !== undefined);
  return other ? `${other} ${versions[other]}` : `node ${versions.node}`;
}
