/** What must not be kept, each with the secret as the group between two others. */
const SECRETS: readonly RegExp[] = [
  // RFC 4568 §6.1: a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<key||salt>|2^31|1:1, one or more keys
  /(inline:)([A-Za-z0-9+/=_-]+)/g,
  // RFC 3261 §20.7, §20.27: the digest response, and with it what could be guessed from it
  /(^(?:Proxy-)?Authorization[ \t]*:[^\r\n]*?\bresponse[ \t]*=[ \t]*"?)([^",\r\n]+)/gim,
  /(^(?:Proxy-)?Authorization[ \t]*:[ \t]*(?:Basic|Bearer)[ \t]+)([^\s,]+)/gim,
  /(^(?:Proxy-)?Authorization[ \t]*:[^\r\n]*?\bgssapi-data[ \t]*=[ \t]*"?)([^",\r\n]+)/gim,
  // RFC 3261 §19.1.1: sip:user:password@host
  /(\bsips?:[^\s:@<>"]{1,256}:)([^\s@<>"]{1,256})(?=@)/gi,
  // RFC 4566 §5.12, obsolete and still sent
  /(^k=(?:clear|base64):)([^\r\n]+)/gm,
];

/** A SIP message (latin1) or SDP with keys, digest responses, tokens and passwords overwritten by as many `x`: lengths and offsets stay. */
export function redact(sip: string): string {
  return SECRETS.reduce(
    (text, pattern) => text.replace(pattern, (_, before: string, secret: string) => before + 'x'.repeat(secret.length)),
    sip,
  );
}
