import type { Clock, Timer } from '@plugfest/model';
import { type RtcpPacket, type RtpPacket, SDES_CNAME, TransportArrivals, transportSequenceNumber } from '@plugfest/rtp';

/** Between two feedbacks. A sender that probes for its rate waits for them. */
const INTERVAL_MS = 75;

export interface ArrivalFeedbackOptions {
  readonly clock: Clock;
  /** In whose name it is given. */
  readonly source: { readonly ssrc: number; readonly cname: string };
  readonly send: (packets: readonly RtcpPacket[]) => void;
}

/** Tells a peer when its packets came, of all m-lines of a transport together. @see draft-holmer-rmcat-transport-wide-cc-extensions-01 */
export class ArrivalFeedback {
  readonly #options: ArrivalFeedbackOptions;
  readonly #arrivals = new TransportArrivals();
  #mediaSsrc = 0;
  #timer: Timer | undefined;

  constructor(options: ArrivalFeedbackOptions) {
    this.#options = options;
  }

  take(packet: RtpPacket, sequenceNumberId: number, arrivalUs: number): void {
    const number = transportSequenceNumber(packet, sequenceNumberId);
    if (number === undefined) return;
    this.#arrivals.arrived(number, arrivalUs);
    this.#mediaSsrc = packet.ssrc;
    this.#timer ??= this.#options.clock.schedule(INTERVAL_MS, () => this.#tell());
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Reports about streams have their own times: here the report is empty. @see RFC 3550 §6.1 */
  #tell(): void {
    this.#timer = undefined;
    const { source, send } = this.#options;
    const items = [{ type: SDES_CNAME, text: source.cname }];
    for (const feedback of this.#arrivals.feedback()) {
      send([
        { type: 'receiver-report', ssrc: source.ssrc, reports: [] },
        { type: 'source-description', chunks: [{ ssrc: source.ssrc, items }] },
        // libwebrtc takes it only where it names one of its own sources.
        { ...feedback, senderSsrc: source.ssrc, mediaSsrc: this.#mediaSsrc },
      ]);
    }
  }
}
