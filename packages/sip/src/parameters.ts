import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { type HeaderScanner, unquote } from './header-scanner.ts';
import type { SipParameter } from './message.ts';

const SECTION = 'RFC 3261 §7.3.1';

/** Reads `;name=value;name…` up to the end, a comma or something else, where the cursor stays. */
export function parseParameters(scanner: HeaderScanner): Result<SipParameter[], ParseFault> {
  const parameters: SipParameter[] = [];
  for (scanner.skipSpace(); scanner.take(';'); scanner.skipSpace()) {
    scanner.skipSpace();
    const name = scanner.token();
    if (name === undefined) return parameterFault(scanner, 'parameter-name', 'a parameter has no name');
    scanner.skipSpace();
    if (!scanner.take('=')) {
      parameters.push({ name });
      continue;
    }
    scanner.skipSpace();
    const value = scanner.parameterValue();
    if (value === undefined)
      return parameterFault(scanner, 'parameter-value', `the parameter ${name} has no proper value`);
    parameters.push({ name, value });
  }
  return ok(parameters);
}

function parameterFault(scanner: HeaderScanner, code: string, text: string): Result<never, ParseFault> {
  return err({ code, offset: scanner.position, section: SECTION, text });
}

/** Writes parameters as `;name=value`. */
export function formatParameters(parameters: readonly SipParameter[]): string {
  let text = '';
  for (const { name, value } of parameters) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Value of a parameter (name in any case; quotes removed); '' for a bare name, undefined when absent. */
export function parameter(parameters: readonly SipParameter[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const entry of parameters) {
    if (entry.name.length === wanted.length && entry.name.toLowerCase() === wanted) {
      return entry.value === undefined ? '' : unquote(entry.value);
    }
  }
  return undefined;
}

/** The parameters with `name` set: in its place if it was there, else at the end. `value` undefined makes a bare name. */
export function withParameter(parameters: readonly SipParameter[], name: string, value?: string): SipParameter[] {
  const wanted = name.toLowerCase();
  const at = parameters.findIndex((entry) => entry.name.toLowerCase() === wanted);
  return at < 0 ? [...parameters, { name, value }] : parameters.with(at, { name, value });
}
