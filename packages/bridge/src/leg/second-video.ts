import { attribute, attributes, type MediaDescription, type SessionDescription } from '@plugfest/sdp';

/** Names the second video to the floor control server's clients. @see RFC 4574 */
export const SLIDES_LABEL = '3';

/** @see RFC 4796 */
export function isSlides({ kind, content }: { readonly kind: string; readonly content?: string | undefined }): boolean {
  return kind === 'video' && content === 'slides';
}

export function offersSlides({ media }: SessionDescription): boolean {
  return media.some((line) => isSlides({ kind: line.kind, content: attribute(line, 'content') }));
}

export function isWebRtc({ protocol }: MediaDescription): boolean {
  return protocol.startsWith('UDP/TLS/');
}

/** A browser has no word for what a second video is for: it is the screen that somebody shares. */
export function withScreen(offer: SessionDescription): SessionDescription {
  const isBare = (media: MediaDescription): boolean =>
    media.kind === 'video' && attribute(media, 'content') === undefined;
  const first = offer.media.findIndex(isBare);
  const second = offer.media.findIndex((media, at) => at > first && isBare(media) && isWebRtc(media));
  const screen = offer.media[second];
  if (first < 0 || !screen) return offer;
  const attributes = [...screen.attributes, { name: 'content', value: 'slides' }];
  return { ...offer, media: offer.media.with(second, { ...screen, attributes }) };
}

/** SSRCs that an m-line names, those of retransmissions too. @see RFC 5576 §4.1 */
export function sourcesOf(media: MediaDescription | undefined): number[] {
  const named = (media ? attributes(media, 'ssrc') : []).map((value) => Number(/^\d{1,10}(?= |$)/.exec(value)?.[0]));
  return [...new Set(named.filter((ssrc) => ssrc <= 0xffff_ffff))];
}
