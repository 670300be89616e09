import { audio, type MediaSection } from '@plugfest/probe';
import { SrtpContext } from '@plugfest/rtp';

/** A key of a test: it protects nothing of anybody. */
const KEY_AND_SALT = Uint8Array.from({ length: 30 }, (_, at) => at * 7 + 1);

/** What the probe's own SRTP is protected with. */
export function ownSrtp(): SrtpContext {
  const [key, salt] = [KEY_AND_SALT.subarray(0, 16), KEY_AND_SALT.subarray(16)];
  return new SrtpContext({ suite: 'AES_CM_128_HMAC_SHA1_80', key, salt });
}

/** G.711 over SAVP with these keys; `KEY` in a line stands for the probe's. */
export function securedAudio(...cryptoLines: string[]): MediaSection {
  const inline = `inline:${Buffer.from(KEY_AND_SALT).toString('base64')}`;
  const keys = cryptoLines.map((line) => `a=crypto:${line.replace('KEY', inline)}`);
  return [audio(0, 'PCMU/8000')[0].replace('AVP', 'SAVP'), 'a=rtpmap:0 PCMU/8000', ...keys];
}

export const SUITE = 'AES_CM_128_HMAC_SHA1_80';

/** Gives packets numbers of their own, one after the other. */
export function renumbered(first: number): (bytes: Uint8Array) => Uint8Array {
  let next = first;
  return (bytes) => {
    const packet = Uint8Array.from(bytes);
    new DataView(packet.buffer).setUint16(2, next++ & 0xffff);
    return packet;
  };
}
