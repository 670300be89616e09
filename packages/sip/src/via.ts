import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { DIGIT, HOST, IPV6 } from './character-class.ts';
import { HeaderScanner } from './header-scanner.ts';
import type { SipParameter } from './message.ts';
import { formatParameters, parseParameters } from './parameters.ts';
import { formatHostPort, type HostPort } from './sip-uri.ts';

/** One hop of Via. @see RFC 3261 §20.42 */
export interface Via {
  /** `SIP/2.0` */
  readonly protocol: string;
  /** As received: `UDP`, `TLS` … */
  readonly transport: string;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters: readonly SipParameter[];
}

/** What a branch of RFC 3261 starts with. @see RFC 3261 §8.1.1.7 */
export const BRANCH_COOKIE = 'z9hG4bK';

const SLASH = 47;

function fault(scanner: HeaderScanner, text: string): Result<never, ParseFault> {
  return err({ code: 'via', offset: scanner.position, section: 'RFC 3261 §20.42', text });
}

/** Parses one value of Via; white space is allowed round `/` and `:`. */
export function parseVia(value: string): Result<Via, ParseFault> {
  const scanner = new HeaderScanner(value);
  const name = protocolPiece(scanner);
  const version = scanner.take('/') ? protocolPiece(scanner) : undefined;
  const transport = scanner.take('/') ? protocolPiece(scanner) : undefined;
  if (name === undefined || version === undefined || transport === undefined) {
    return fault(scanner, 'sent-protocol is not a name, a version and a transport');
  }
  const spaceAt = scanner.position;
  scanner.skipSpace();
  if (scanner.position === spaceAt) return fault(scanner, 'no space before sent-by');
  const sentBy = parseSentBy(scanner);
  if (sentBy === undefined) return fault(scanner, 'sent-by is malformed');
  const parameters = parseParameters(scanner);
  if (!parameters.ok) return parameters;
  if (!scanner.atEnd) return fault(scanner, 'something follows the value');
  const { host, port } = sentBy;
  const protocol = `${name}/${version}`;
  return ok({ protocol, transport, host, port, parameters: parameters.value });
}

/** A token of sent-protocol, with the white space round it. */
function protocolPiece(scanner: HeaderScanner): string | undefined {
  scanner.skipSpace();
  const piece = scanner.token();
  const spaceAt = scanner.position;
  scanner.skipSpace();
  // The space before sent-by is still wanted.
  if (scanner.peek() !== SLASH) scanner.position = spaceAt;
  return piece;
}

function parseSentBy(scanner: HeaderScanner): HostPort | undefined {
  const bracketed = scanner.take('[');
  const host = scanner.run(bracketed ? IPV6 : HOST);
  if (host === undefined || (bracketed && !scanner.take(']'))) return undefined;
  scanner.skipSpace();
  if (!scanner.take(':')) return { host };
  scanner.skipSpace();
  const digits = scanner.run(DIGIT) ?? '';
  const port = Number(digits);
  return digits === '' || digits.length > 5 || port > 65_535 ? undefined : { host, port };
}

export function formatVia(via: Via): string {
  return `${via.protocol}/${via.transport} ${formatHostPort(via.host, via.port)}${formatParameters(via.parameters)}`;
}
