import type { MediaSection } from '@plugfest/probe';

/** A floor control line as a Cisco room offers it. @see RFC 8856 */
export const BFCP: MediaSection = [
  'application UDP/BFCP *',
  ...['a=setup:actpass', 'a=connection:new', 'a=floorctrl:c-s', 'a=confid:1', 'a=userid:18', 'a=floorid:2 mstrm:12'],
];

/** Cisco's ActiveControl, which nobody here has. */
export const ACTIVE_CONTROL: MediaSection = ['application UDP/UDT/IX *', 'a=ixmap:0 ping', 'a=setup:actpass'];

/** Far-end camera control. @see RFC 4573 */
export const FAR_END_CAMERA: MediaSection = ['application RTP/AVP 100', 'a=rtpmap:100 H224/4800'];

/** The description without the m-lines of a kind, as if they had not been there. */
export function withoutLine(sdp: string, kind: string): string {
  return sdp
    .split(/(?=^m=)/m)
    .filter((part) => !part.startsWith(`m=${kind} `))
    .join('');
}
