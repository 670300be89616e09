import { type Exchange, NoEvidence } from '@plugfest/probe';
import { type MediaDescription, parseProfileLevelId, type SessionDescription } from '@plugfest/sdp';
import { ofFormat } from './audio-answers.ts';

/** What is wrong where a call with pictures is refused, or its pictures are. */
export function videoIsTaken(exchange: Exchange): string | undefined {
  const { statusCode } = exchange.final('INVITE');
  if (statusCode >= 300) return `the INVITE is answered ${statusCode}`;
  return videoOf(exchange.answer()).port === 0 ? 'the video line is answered with port 0' : undefined;
}

/** @throws {NoEvidence} where there is no video line */
export function videoOf({ media }: SessionDescription): MediaDescription {
  const video = media.find(({ kind }) => kind === 'video');
  if (!video) throw new NoEvidence('no video line in the answer');
  return video;
}

/** `0` where it is not said. */
export function packetizationModeOf(media: MediaDescription, payloadType: string | number): string {
  return /packetization-mode\s*=\s*(\d)/.exec(ofFormat(media, 'fmtp', payloadType))?.[1] ?? '0';
}

export function profileOf(media: MediaDescription, payloadType: string | number): string {
  const text = /profile-level-id\s*=\s*([0-9a-f]+)/i.exec(ofFormat(media, 'fmtp', payloadType))?.[1] ?? '42000a';
  return parseProfileLevelId(text)?.profile ?? `unknown (${text})`;
}

/** The description with a kind's m-line at port 0. */
export function switchedOff(sdp: string, kind: string): string {
  return sdp.replace(new RegExp(`^m=${kind} \\d+`, 'm'), `m=${kind} 0`);
}
