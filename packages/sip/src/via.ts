import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { isHostCode, isIpv6Code } from './character-class.ts';
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

function fault(scanner: HeaderScanner, text: string): Result<never, ParseFault> {
  return err({ code: 'via', offset: scanner.position, section: 'RFC 3261 §20.42', text });
}

/** Parses one value of Via; white space is allowed round `/` and `:`. */
export function parseVia(value: string): Result<Via, ParseFault> {
  const scanner = new HeaderScanner(value);
  const pieces: string[] = [];
  for (let i = 0; i < 3; i++) {
    scanner.skipSpace();
    const piece = scanner.token();
    if (piece === undefined) return fault(scanner, 'no protocol name, version or transport');
    pieces.push(piece);
    if (i === 2) break;
    scanner.skipSpace();
    if (!scanner.take('/')) return fault(scanner, 'a / is missing in sent-protocol');
  }
  const spaceAt = scanner.position;
  scanner.skipSpace();
  if (scanner.position === spaceAt) return fault(scanner, 'no space before sent-by');
  const sentBy = parseSentBy(scanner);
  if (sentBy === undefined) return fault(scanner, 'sent-by is malformed');
  const parameters = parseParameters(scanner);
  if (!parameters.ok) return parameters;
  if (!scanner.atEnd) return fault(scanner, 'something follows the value');
  return ok({
    protocol: `${pieces[0]}/${pieces[1]}`,
    transport: pieces[2] ?? '',
    ...sentBy,
    parameters: parameters.value,
  });
}

function parseSentBy(scanner: HeaderScanner): HostPort | undefined {
  const bracketed = scanner.take('[');
  const host = scanner.run(bracketed ? isIpv6Code : isHostCode);
  if (host === undefined || (bracketed && !scanner.take(']'))) return undefined;
  scanner.skipSpace();
  if (!scanner.take(':')) return { host };
  scanner.skipSpace();
  const digits = scanner.run((code) => code >= 48 && code <= 57) ?? '';
  const port = Number(digits);
  return digits === '' || digits.length > 5 || port > 65_535 ? undefined : { host, port };
}

export function formatVia(via: Via): string {
  return `${via.protocol}/${via.transport} ${formatHostPort(via.host, via.port)}${formatParameters(via.parameters)}`;
}
