import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { HeaderScanner } from './header-scanner.ts';
import type { SipParameter } from './message.ts';

/** A challenge or credentials: a scheme and its parameters, as in WWW-Authenticate and Authorization. @see RFC 3261 §25.1 */
export interface Authorization {
  /** As received, e.g. `Digest`. */
  readonly scheme: string;
  readonly parameters: readonly SipParameter[];
}

/** Parses `Scheme name=value, name="value"`. */
export function parseAuthorization(value: string): Result<Authorization, ParseFault> {
  const scanner = new HeaderScanner(value);
  scanner.skipSpace();
  const scheme = scanner.token();
  if (scheme === undefined) return fault(scanner, 'no scheme');
  const parameters: SipParameter[] = [];
  do {
    scanner.skipSpace();
    const name = scanner.token();
    scanner.skipSpace();
    if (name === undefined || !scanner.take('=')) return fault(scanner, 'a parameter without name or value');
    scanner.skipSpace();
    const text = scanner.parameterValue();
    if (text === undefined) return fault(scanner, `the parameter ${name} has no proper value`);
    parameters.push({ name, value: text });
    scanner.skipSpace();
  } while (scanner.take(','));
  return scanner.atEnd ? ok({ scheme, parameters }) : fault(scanner, 'something follows the parameters');
}

function fault(scanner: HeaderScanner, text: string): Result<never, ParseFault> {
  return err({ code: 'authorization', offset: scanner.position, section: 'RFC 3261 §25.1', text });
}

export function formatAuthorization({ scheme, parameters }: Authorization): string {
  return `${scheme} ${parameters.map(({ name, value }) => `${name}=${value ?? '""'}`).join(', ')}`;
}
