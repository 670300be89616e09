import type { RtcpPacket, RtpPacket } from '@plugfest/rtp';

/** The way of one m-line's packets to and from the peer, whatever secures it. Packets arrive decrypted and parsed. */
export interface MediaTransport extends AsyncDisposable {
  onRtp: ((packet: RtpPacket, arrivalUs: number) => void) | undefined;
  onRtcp: ((packets: readonly RtcpPacket[]) => void) | undefined;
  /** Told what the path bears of what is sent here, as far as it is watched; infinite where nothing is known against it. */
  onPathRate?: ((bitrateBps: number) => void) | undefined;
  sendRtp(packet: RtpPacket): void;
  sendRtcp(packets: readonly RtcpPacket[]): void;
  /** Packets that were thrown away: from foreigners, not authentic, not RTP. */
  readonly refused: number;
}
