/** How the content of a file comes back: bytes, text the engine decodes, or text that Buffer decodes. */
import type { Text } from './recognise.js';

/** What to ask of the engine. */
export function wanted(text: Text): 'buffer' | 'utf8' | 'latin1' {
  return typeof text === 'string' ? text : 'buffer';
}

/** Large text and rare encodings come as bytes. */
export function decoded(content: Buffer | string, text: Text): Buffer | string {
  if (typeof content === 'string' || text === 'buffer') return content;
  return content.toString(typeof text === 'string' ? text : text.encoding);
}
