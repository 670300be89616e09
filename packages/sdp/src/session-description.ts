/**
 * A parsed session description. Every attribute is kept, known or not, in order; `i= u= e= p= r= z= k=` lines of the session are read over.
 * @see RFC 8866 §5
 */
export interface SessionDescription {
  readonly origin: Origin;
  /** `s=`; `-` where there is none. */
  readonly sessionName: string;
  readonly connection?: Connection;
  readonly bandwidths: readonly Bandwidth[];
  /** `t=` lines as sent: `0 0` is a session without bounds. */
  readonly timings: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** `o=`. The numbers stay text: RFC 8866 lets them be longer than a double holds. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: AddressType;
  readonly address: string;
}

export type AddressType = 'IP4' | 'IP6';

/** `c=`: an address, without the multicast TTL and count, which are kept apart as `suffix`. */
export interface Connection {
  readonly addressType: AddressType;
  readonly address: string;
  readonly suffix?: string;
}

/** `b=`: `AS` in kbit/s, `TIAS` and Microsoft's `CT` as sent. */
export interface Bandwidth {
  readonly type: string;
  readonly value: number;
}

/** `a=name` or `a=name:value`. */
export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

/** One `m=` section. `port` 0 is a rejected or switched-off stream. */
export interface MediaDescription {
  /** `audio`, `video`, `application`, `message`, … as sent. */
  readonly kind: string;
  /** 0..65535. */
  readonly port: number;
  readonly portCount?: number;
  /** E.g. `RTP/SAVP`. */
  readonly protocol: string;
  /** Payload types for RTP, free tokens elsewhere. */
  readonly formats: readonly string[];
  readonly title?: string;
  readonly connection?: Connection;
  readonly bandwidths: readonly Bandwidth[];
  readonly attributes: readonly Attribute[];
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** RTP profiles that this package negotiates. */
export type RtpProfile = 'RTP/AVP' | 'RTP/AVPF' | 'RTP/SAVP' | 'RTP/SAVPF' | 'UDP/TLS/RTP/SAVP' | 'UDP/TLS/RTP/SAVPF';
