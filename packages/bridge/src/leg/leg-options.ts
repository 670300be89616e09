import type { Clock, Random } from '@plugfest/model';
import type { NegotiatedMedia } from '@plugfest/sdp';
import type { StageTimes } from '../stage-times.ts';
import type { MediaTransport } from './media-transport.ts';

/** What the sound and the picture of a call have in common. */
export interface LegOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly stages: StageTimes;
  readonly transport: MediaTransport;
  readonly media: NegotiatedMedia;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly cname: string;
}

/** Whether we send on a line. */
export function sends({ direction }: Pick<NegotiatedMedia, 'direction'>): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** Whether we take what comes on a line. */
export function receives({ direction }: Pick<NegotiatedMedia, 'direction'>): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}
