import { headerKey } from './header-name.ts';
import type { SipHeader, SipMessageBase } from './message.ts';
import { trimSpace } from './white-space.ts';

/** First line of a header, by any spelling of its name. */
export function header(message: SipMessageBase, name: string): string | undefined {
  const key = headerKey(name);
  for (const entry of message.headers) if (isNamed(entry, key)) return entry.value;
  return undefined;
}

/** All lines of a header, in order. */
export function headers(message: SipMessageBase, name: string): string[] {
  const key = headerKey(name);
  const values: string[] = [];
  for (const entry of message.headers) if (isNamed(entry, key)) values.push(entry.value);
  return values;
}

/** Most names differ from `key` in length already, and only compact forms may. */
function isNamed({ name }: SipHeader, key: string): boolean {
  return (name.length === key.length || name.length === 1) && headerKey(name) === key;
}

/** All values of a header that may hold several separated by commas, in order; empty ones are left out. */
export function headerValues(message: SipMessageBase, name: string): string[] {
  const key = headerKey(name);
  const values: string[] = [];
  for (const entry of message.headers) {
    if (!isNamed(entry, key)) continue;
    if (!entry.value.includes(',')) {
      if (entry.value !== '') values.push(entry.value);
    } else for (const value of splitValues(entry.value)) if (value !== '') values.push(value);
  }
  return values;
}

/** The first of them. */
export function firstValue(message: SipMessageBase, name: string): string | undefined {
  const key = headerKey(name);
  for (const entry of message.headers) {
    if (!isNamed(entry, key) || entry.value === '') continue;
    if (!entry.value.includes(',')) return entry.value;
    const first = splitValues(entry.value).find((value) => value !== '');
    if (first !== undefined) return first;
  }
  return undefined;
}

/** Splits at commas outside quotes and angle brackets; empty values are kept. */
export function splitValues(line: string): string[] {
  if (!line.includes(',')) return [trimSpace(line)];
  const values: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '<') bracketed = true;
    else if (character === '>') bracketed = false;
    else if (character === ',' && !bracketed) {
      values.push(trimSpace(line, start, i));
      start = i + 1;
    }
  }
  values.push(trimSpace(line, start));
  return values;
}

/** The message with one line of this header: in place of the first that it had, or at the end. */
export function withHeader<M extends SipMessageBase>(message: M, name: string, value: string): M {
  const key = headerKey(name);
  const at = message.headers.findIndex((entry) => isNamed(entry, key));
  if (at < 0) return { ...message, headers: [...message.headers, { name, value }] };
  const rest = message.headers.filter((entry, i) => i <= at || !isNamed(entry, key));
  return { ...message, headers: rest.with(at, { name, value }) };
}

export function withoutHeader<M extends SipMessageBase>(message: M, name: string): M {
  const key = headerKey(name);
  return { ...message, headers: message.headers.filter((entry) => !isNamed(entry, key)) };
}

export function appendHeaders<M extends SipMessageBase>(message: M, more: readonly SipHeader[]): M {
  return more.length === 0 ? message : { ...message, headers: [...message.headers, ...more] };
}

/** The message with a line in front of all others: Via, Record-Route. */
export function prependHeader<M extends SipMessageBase>(message: M, name: string, value: string): M {
  return { ...message, headers: [{ name, value }, ...message.headers] };
}

/** The message with exactly these lines of a header, put where the first was. */
export function withHeaders<M extends SipMessageBase>(message: M, name: string, values: readonly string[]): M {
  const key = headerKey(name);
  const at = message.headers.findIndex((entry) => isNamed(entry, key));
  const others = message.headers.filter((entry) => !isNamed(entry, key));
  const lines = values.map((value) => ({ name, value }));
  return { ...message, headers: at < 0 ? [...others, ...lines] : others.toSpliced(at, 0, ...lines) };
}
