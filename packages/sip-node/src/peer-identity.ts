import type { TLSSocket } from 'node:tls';

/**
 * The names in the peer's certificate, when it was verified: values of DNS, URI and IP subject alternative names, then the common name.
 * Names that Node had to quote (they hold commas or control characters) are left out: nobody honest has one.
 */
export function peerIdentityOf(socket: TLSSocket): string[] {
  if (!socket.authorized) return [];
  const certificate = socket.getPeerCertificate();
  const names: string[] = [];
  for (const entry of (certificate.subjectaltname ?? '').split(', ')) {
    const match = /^(?:DNS|URI|IP Address):([^"]+)$/.exec(entry);
    if (match?.[1] !== undefined) names.push(match[1]);
  }
  const commonName: unknown = certificate.subject?.CN;
  if (typeof commonName === 'string' && !names.includes(commonName)) names.push(commonName);
  return names;
}
