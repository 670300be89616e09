import { describe, expect, it } from 'vitest';
import { MessageTrace } from './message-trace.ts';

const RULE = '-----------------------------------------------';
const entry = (head: string, text: string): string => `${RULE} 2026-11-23 06:25:00.123456\n${head}\n\n${text}\n`;
const invite = 'INVITE sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nv=0\n';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('MessageTrace', () => {
  it('reads messages of every version, whatever their bodies hold', () => {
    const tricky = `${invite}${RULE} not a head\n`;
    const trace =
      entry(`UDP message sent (${invite.length} bytes):`, invite) +
      entry(`TCP message received [${tricky.length}] bytes :`, tricky) +
      entry(`TCP control message sent [7] bytes:`, 'a: b\n\n\x1b');
    const messages = new MessageTrace().push(bytes(trace));
    expect(messages).toMatchObject([
      { direction: 'sent', transport: 'udp', isCommand: false, text: invite },
      { direction: 'received', transport: 'tcp', isCommand: false, text: tricky },
      { direction: 'sent', transport: 'tcp', isCommand: true, text: 'a: b\n\n\x1b' },
    ]);
    expect(messages[0]?.epochUs).toBe(Date.UTC(2026, 10, 23, 6, 25, 0) * 1000 + 123_456);
  });

  it('gives the same however the file is cut', () => {
    const trace = bytes(entry(`UDP message sent (${invite.length} bytes):`, invite).repeat(3));
    for (const size of [1, 7, 64, 300]) {
      const reader = new MessageTrace();
      const messages = [];
      for (let at = 0; at < trace.length; at += size) messages.push(...reader.push(trace.subarray(at, at + size)));
      expect(messages.map(({ text }) => text)).toEqual([invite, invite, invite]);
    }
  });

  it('keeps octets that are not ASCII', () => {
    const text = 'MESSAGE sip:ä\xff SIP/2.0';
    expect(new MessageTrace().push(bytes(entry(`UDP message received [${text.length}] bytes :`, text)))[0]?.text).toBe(
      text,
    );
  });

  it('goes on after a message that an octet of zero cut short, and after what is no message', () => {
    const reader = new MessageTrace();
    const trace =
      `SCTP_COMM_UP\n${RULE}\nUnexpected UDP message received:\n\nBYE x\n` +
      entry('UDP message received [500] bytes :', 'MESSAGE sip:a SI') +
      entry(`UDP message sent (${invite.length} bytes):`, invite);
    expect(reader.push(bytes(trace)).map(({ text }) => text)).toEqual(['MESSAGE sip:a SI', invite]);
  });

  it('does not pile up what is no message', () => {
    const reader = new MessageTrace();
    for (let i = 0; i < 1000; i++) reader.push(bytes('x'.repeat(1000)));
    expect(reader.push(bytes(`\n${entry(`UDP message sent (${invite.length} bytes):`, invite)}`))).toHaveLength(1);
  });
});
