import { HeaderScanner } from './header-scanner.ts';
import type { SipParameter } from './message.ts';
import { parseParameters } from './parameters.ts';

/** `type/subtype`, lower case, and its parameters. */
export interface MediaType {
  readonly essence: string;
  readonly parameters: readonly SipParameter[];
}

/** Parses Content-Type or one value of Accept; undefined when malformed. @see RFC 3261 §20.15 */
export function parseMediaType(value: string): MediaType | undefined {
  const scanner = new HeaderScanner(value);
  scanner.skipSpace();
  const type = scanner.token();
  scanner.skipSpace();
  if (type === undefined || !scanner.take('/')) return undefined;
  scanner.skipSpace();
  const subtype = scanner.token();
  if (subtype === undefined) return undefined;
  const parameters = parseParameters(scanner);
  if (!parameters.ok || !scanner.atEnd) return undefined;
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters: parameters.value };
}
