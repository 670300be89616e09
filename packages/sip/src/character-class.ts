/** Membership of character codes 0-255 in an ABNF class of RFC 3261 §25.1, by table. */
export type CharacterClass = (code: number) => boolean;

const ALPHANUM = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MARK = "-_.!~*'()";

function classOf(members: string): CharacterClass {
  const table = new Uint8Array(256);
  for (let i = 0; i < members.length; i++) table[members.charCodeAt(i)] = 1;
  return (code) => table[code] === 1;
}

/** `token` */
export const isTokenCode: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~`);
/** `user` and `password`, the percent sign of an escape left out. */
export const isUserCode: CharacterClass = classOf(`${ALPHANUM}${MARK}&=+$,;?/`);
/** `paramchar`, the percent sign left out. */
export const isUriParameterCode: CharacterClass = classOf(`${ALPHANUM}${MARK}[]/:&+$`);
/** `hvalue`, the percent sign left out. */
export const isUriHeaderCode: CharacterClass = classOf(`${ALPHANUM}${MARK}[]/?:+$`);
/** Host names and IPv4 addresses; the underscore is no host character but is met in the field. */
export const isHostCode: CharacterClass = classOf(`${ALPHANUM}-._`);
/** Inside the brackets of an IPv6 reference. */
export const isIpv6Code: CharacterClass = classOf('0123456789abcdefABCDEF:.');
export const isDigitCode: CharacterClass = classOf('0123456789');
export const isHexCode: CharacterClass = classOf('0123456789abcdefABCDEF');
/** `word` of Call-ID. */
export const isWordCode: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~()<>:\\"/[]?{}`);
/** Generic parameter values without quotes: tokens, hosts, and IPv6 addresses with or without brackets (RFC 5118 §4.5). */
export const isParameterValueCode: CharacterClass = classOf(`${ALPHANUM}-.!%*_+\`'~[]:/@&=$()?`);

/** Whether all of `text` is in the class; false when it is empty. */
export function consistsOf(text: string, isMember: CharacterClass): boolean {
  for (let i = 0; i < text.length; i++) if (!isMember(text.charCodeAt(i))) return false;
  return text.length > 0;
}

/** A decimal number up to `limit`; undefined when `text` is anything else. Leading zeros are allowed. */
export function decimalOf(text: string, limit: number): number | undefined {
  if (!consistsOf(text, isDigitCode)) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    value = value * 10 + text.charCodeAt(i) - 48;
    if (value > limit) return undefined;
  }
  return value;
}
