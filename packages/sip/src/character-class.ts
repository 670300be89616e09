/** Membership in an ABNF class of RFC 3261 §25.1: 1 at the codes (0-255) of its members. A table, not a function: reading it costs next to nothing. */
export type CharacterClass = Uint8Array;

const ALPHANUM = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MARK = "-_.!~*'()";

function classOf(members: string): CharacterClass {
  const table = new Uint8Array(256);
  for (let i = 0; i < members.length; i++) table[members.charCodeAt(i)] = 1;
  return table;
}

/** `token` */
export const TOKEN: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~`);
/** `scheme`, but that it begins with a letter. */
export const SCHEME: CharacterClass = classOf(`${ALPHANUM}+-.`);
/** `user` and `password`, the percent sign of an escape left out. */
export const USER: CharacterClass = classOf(`${ALPHANUM}${MARK}&=+$,;?/`);
/** `paramchar`, the percent sign left out. */
export const URI_PARAMETER: CharacterClass = classOf(`${ALPHANUM}${MARK}[]/:&+$`);
/** `hvalue`, the percent sign left out. */
export const URI_HEADER: CharacterClass = classOf(`${ALPHANUM}${MARK}[]/?:+$`);
/** Host names and IPv4 addresses; the underscore is no host character but is met in the field. */
export const HOST: CharacterClass = classOf(`${ALPHANUM}-._`);
/** Inside the brackets of an IPv6 reference. */
export const IPV6: CharacterClass = classOf('0123456789abcdefABCDEF:.');
export const DIGIT: CharacterClass = classOf('0123456789');
export const HEX: CharacterClass = classOf('0123456789abcdefABCDEF');
/** `word` of Call-ID. */
export const WORD: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~()<>:\\"/[]?{}`);
/** An address without angle brackets: up to what belongs to the header field. */
export const ADDR_SPEC: CharacterClass = Uint8Array.from({ length: 256 }, (_, code) =>
  code > 32 && code !== 59 && code !== 44 && code !== 127 ? 1 : 0,
);
/** A URI of any scheme inside angle brackets: no white space, controls, `"` or `<`. */
export const URI_TEXT: CharacterClass = Uint8Array.from({ length: 256 }, (_, code) =>
  code > 32 && code !== 127 && code !== 34 && code !== 60 ? 1 : 0,
);
/** Generic parameter values without quotes: tokens, hosts, and IPv6 addresses with or without brackets (RFC 5118 §4.5). */
export const PARAMETER_VALUE: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~[]:/@&=$()?`);

/** Whether all of `text` is in the class; false when it is empty. */
export function consistsOf(text: string, members: CharacterClass): boolean {
  for (let i = 0; i < text.length; i++) if (members[text.charCodeAt(i)] !== 1) return false;
  return text.length > 0;
}

/** A decimal number up to `limit`; undefined when `text` is anything else. Leading zeros are allowed. */
export function decimalOf(text: string, limit: number): number | undefined {
  if (!consistsOf(text, DIGIT)) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    value = value * 10 + text.charCodeAt(i) - 48;
    if (value > limit) return undefined;
  }
  return value;
}
