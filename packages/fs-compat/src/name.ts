/** Names as results: readlink, realpath, mkdtemp. They are text unless bytes are asked for. */
import { asOptions, asText, type Text } from './recognise.js';
import { decoded, wanted } from './text.js';

/** Undefined: Node decides (unknown encodings, a signal). */
export function asNameText(options: unknown): Text | undefined {
  const { encoding, signal } = asOptions(options) ?? WRONG;
  if (signal !== undefined) return undefined;
  if (encoding === 'buffer') return 'buffer';
  return asText(encoding ?? 'utf8');
}

/** Of an argument that is no options: an encoding that nobody knows. */
const WRONG = { encoding: {}, signal: undefined };

type Name = Buffer | string;

/** Begins the op with the encoding that the engine knows, and decodes the rest. */
export function nameIn(
  text: Text,
  begin: (engine: ReturnType<typeof wanted>) => Promise<Name>,
): Promise<Name> {
  const op = begin(wanted(text));
  return typeof text === 'string' ? op : op.then((name) => decoded(name, text));
}
