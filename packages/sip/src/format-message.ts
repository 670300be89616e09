import { headerKey } from './header-name.ts';
import type { SipMessage } from './message.ts';
import { singleLine } from './octet-text.ts';

/** Writes a message: header order kept, one Content-Length that fits the body. CR and LF in any field become spaces. */
export function formatMessage(message: SipMessage): Uint8Array {
  let head = `${startLine(message)}\r\n`;
  let lengthWritten = false;
  for (const { name, value } of message.headers) {
    if (headerKey(name) === 'content-length') {
      if (!lengthWritten) head += `${singleLine(name)}: ${message.body.length}\r\n`;
      lengthWritten = true;
    } else head += `${singleLine(name)}: ${singleLine(value)}\r\n`;
  }
  if (!lengthWritten) head += `Content-Length: ${message.body.length}\r\n`;
  head += '\r\n';
  const bytes = Buffer.allocUnsafe(head.length + message.body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(message.body, head.length);
  return bytes;
}

function startLine(message: SipMessage): string {
  return message.kind === 'request'
    ? `${singleLine(message.method)} ${singleLine(message.uri)} ${singleLine(message.version)}`
    : `SIP/2.0 ${message.statusCode} ${singleLine(message.reasonPhrase)}`;
}
