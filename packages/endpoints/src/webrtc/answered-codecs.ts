import { parseSdp } from '@plugfest/sdp';
import type { SipResponse } from '@plugfest/sip';

/** Encoding names of the first format of each m-line in an answer; `none` where there is no such line, or it is rejected. */
export function answeredCodecs(response: SipResponse): { readonly audio: string; readonly video: string } {
  const sdp = parseSdp(Buffer.from(response.body).toString('utf8'));
  const nameOf = (kind: string): string => {
    const media = sdp.ok ? sdp.value.media.find((each) => each.kind === kind && each.port !== 0) : undefined;
    const format = media?.formats[0];
    const map = media?.attributes.find(({ name, value }) => name === 'rtpmap' && value?.startsWith(`${format} `));
    return map?.value?.split(/[ /]/)[1] ?? 'none';
  };
  return { audio: nameOf('audio'), video: nameOf('video') };
}
