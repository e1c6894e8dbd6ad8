/** Every name of an encoding that text has in Node; `buffer` is one for names only. */
export const ENCODINGS = [
  'utf8',
  'utf-8',
  'UTF8',
  'latin1',
  'binary',
  'ascii',
  'hex',
  'base64',
  'base64url',
  'ucs2',
  'utf16le',
];
