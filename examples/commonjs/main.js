// Counts the lines of its own source. Only the require tells it from a program that uses node:fs/promises.
const { capabilities } = require('@ringfs/core');
const { readFile, stat } = require('@ringfs/fs-compat/promises');

async function main() {
  const [text, { size }] = await Promise.all([readFile(__filename, 'utf8'), stat(__filename)]);
  console.log(`${text.split('\n').length} lines, ${size} bytes, read through ${capabilities().backend}`);
}

main();
