import { HeaderScanner } from './header-scanner.ts';
import type { SipParameter } from './message.ts';
import { parseParameters } from './parameters.ts';

/** A header of the form `token *(SEMI generic-param)`: Event, Subscription-State, Session-Expires, Refer-Sub … Undefined when malformed. */
export function parseTokenHeader(
  value: string,
): { readonly token: string; readonly parameters: readonly SipParameter[] } | undefined {
  const scanner = new HeaderScanner(value);
  scanner.skipSpace();
  const token = scanner.token();
  if (token === undefined) return undefined;
  const parameters = parseParameters(scanner);
  return parameters.ok && scanner.atEnd ? { token, parameters: parameters.value } : undefined;
}
