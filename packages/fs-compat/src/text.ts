/** How the content of a file comes back: bytes, text the engine decodes, or text that Buffer decodes. */
import type { Buffer } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import type { Text } from './recognise.js';

/** What to ask of the engine. */
export function wanted(text: Text): 'buffer' | 'utf8' | 'latin1' {
  return typeof text === 'string' ? text : 'buffer';
}

/** Large text and rare encodings come as bytes. */
export function decoded(content: Buffer | string, text: Text): Buffer | string {
  if (typeof content === 'string' || text === 'buffer') return content;
  try {
    return decodedWhole(content, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw error;
    return inPieces(content, encodingOf(text));
  }
}

/** The same for the callback face. */
export function decodedWhole(content: Buffer | string, text: Text): Buffer | string {
  return typeof content === 'string' || text === 'buffer' ? content : content.toString(encodingOf(text));
}

function encodingOf(text: Text): BufferEncoding {
  return typeof text === 'string' ? (text as BufferEncoding) : text.encoding;
}

const PIECE = 1 << 20;

/**
 * As Node's promises decode: what Buffer refuses for its bytes may still have few enough characters, and what has too
 * many fails in other words.
 */
function inPieces(content: Buffer, encoding: BufferEncoding): string {
  const decoder = new StringDecoder(encoding);
  let whole = '';
  for (let at = 0; at < content.length; at += PIECE) whole += decoder.write(content.subarray(at, at + PIECE));
  return whole + decoder.end();
}
