import {
  formatRtcpCompound,
  formatRtp,
  type RtcpPacket,
  type RtpPacket,
  type RtpSenderStream,
  telephoneEventPackets,
} from '@plugfest/rtp';
import type { SessionDescription } from '@plugfest/sdp';
import {
  addressOf,
  createRequest,
  createResponse,
  cseqOf,
  header,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '@plugfest/sip';
import { describedIn } from './exchange.ts';
import type { InviteWords, Probe } from './probe.ts';
import { sendTone } from './sent-media.ts';

/** What a call answers with. */
export interface ReplyWords {
  readonly sdp?: string;
  readonly headers?: readonly SipHeader[];
  /** Its own tag where absent. */
  readonly tag?: string;
}

/** One call of a probe, whoever called. */
export class ProbeCall {
  readonly probe: Probe;
  readonly callId: string;
  readonly localTag: string;
  /** Methods of requests that the script answers by itself. */
  readonly leavesToScript = new Set<string>();
  /** The INVITE of the bridge that is to be answered, where there is one. */
  invitation: SipRequest | undefined;
  /** The last description of the bridge in this call. */
  far: SessionDescription | undefined;
  remoteTag = '';
  #target: string;
  /** What the bridge says, whatever a defect makes of it. */
  #answered: SipResponse | undefined;
  #isOver = false;
  #sequence = 0;
  readonly #transport: 'udp' | 'tcp';
  readonly #segments: InviteWords['segments'];

  private constructor(probe: Probe, callId: string, target: string, words: InviteWords = {}) {
    this.probe = probe;
    this.callId = callId;
    this.#target = target;
    this.#transport = words.transport ?? 'udp';
    this.#segments = words.segments;
    this.localTag = probe.context.random.uint32().toString(36);
    probe.calls.set(callId, this);
  }

  static calling(probe: Probe, words: InviteWords): ProbeCall {
    const callId = words.callId ?? `${probe.context.random.uint32().toString(36)}@probe.example`;
    return new ProbeCall(probe, callId, probe.context.conferenceUri, words);
  }

  static called(probe: Probe, invite: SipRequest): ProbeCall {
    const call = new ProbeCall(probe, header(invite, 'Call-ID') ?? '', addressOf(invite, 'Contact')?.uri ?? '');
    call.remoteTag = tagOf(invite, 'From');
    call.invitation = invite;
    call.far = describedIn(invite);
    return call;
  }

  /** INVITE or re-INVITE, and the ACK to its 2xx. The final response. @throws {NotHeard} */
  async invites(words: InviteWords = {}): Promise<SipResponse> {
    const response = await this.asks('INVITE', words);
    if (response.statusCode < 300 && words.withoutAck !== true && words.sdp !== undefined) this.acknowledges(response);
    return response;
  }

  /** Sends a request of the call and waits for its final response. @throws {NotHeard} */
  async asks(method: string, words: Pick<InviteWords, 'sdp' | 'headers'> = {}): Promise<SipResponse> {
    const number = this.says(method, words);
    return this.#finalTo(method, number);
  }

  /** Sends a request of the call without waiting; its CSeq number. */
  says(method: string, { sdp, headers = [] }: Pick<InviteWords, 'sdp' | 'headers'> = {}): number {
    const number = ++this.#sequence;
    this.#sends(method, number, headers, sdp);
    return number;
  }

  async #finalTo(method: string, number: number): Promise<SipResponse> {
    const { probe, callId } = this;
    const response = await probe.until(`a final response to ${method}`, () =>
      probe.exchange
        .of(probe.party)
        .responses(method)
        .find((one) => one.statusCode >= 200 && header(one, 'Call-ID') === callId && cseqOf(one)?.number === number),
    );
    if (method === 'INVITE' && response.statusCode < 300) this.isAnswered(response);
    return response;
  }

  /** Takes target, tag and description from a response that makes a dialog. */
  isAnswered(response: SipResponse): void {
    this.remoteTag = tagOf(response, 'To');
    this.#target = addressOf(response, 'Contact')?.uri ?? this.#target;
    this.far = describedIn(response) ?? this.far;
  }

  /** Takes note of what the bridge says, before any defect. */
  isTold(message: SipMessage): void {
    const method = cseqOf(message)?.method;
    if (message.kind === 'request') this.#isOver ||= method === 'BYE';
    else if (method === 'INVITE' && message.statusCode >= 200 && message.statusCode < 300) this.#answered = message;
    else if (method === 'BYE') this.#isOver = true;
  }

  /** True where the bridge still has it; from then on the call speaks of the bridge's own dialog. */
  remainsUp(): boolean {
    if (this.#isOver || (!this.#answered && this.remoteTag === '')) return false;
    if (this.#answered) this.isAnswered(this.#answered);
    return true;
  }

  acknowledges(response: SipResponse, sdp?: string): void {
    this.#sends('ACK', cseqOf(response)?.number ?? 1, [], sdp);
  }

  /** Asks for a key frame by INFO, without waiting. @see RFC 5168 */
  asksForPicture(): void {
    const xml =
      '<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>';
    this.#sends('INFO', ++this.#sequence, [], xml, 'application/media_control+xml');
  }

  /** Says BYE and waits for its answer. @throws {NotHeard} */
  hangsUp(): Promise<SipResponse> {
    return this.asks('BYE');
  }

  /** Answers the bridge's INVITE. */
  replies(statusCode: number, { sdp, headers = [], tag = this.localTag }: ReplyWords = {}): SipResponse {
    if (!this.invitation) throw new Error('there is no INVITE to answer');
    const response = createResponse(this.invitation, {
      statusCode,
      toTag: tag,
      headers: [{ name: 'Contact', value: this.probe.contact }, ...headers],
      ...(sdp === undefined ? {} : { body: { contentType: 'application/sdp', body: Buffer.from(sdp) } }),
    });
    this.probe.says(response);
    return response;
  }

  /** Where the bridge takes the media of a line. */
  farPort(line: number): number {
    return this.far?.media[line]?.port ?? 9;
  }

  sendsRtp(line: number, packet: RtpPacket | Uint8Array): void {
    const bytes = packet instanceof Uint8Array ? packet : formatRtp(packet);
    this.probe.sends({ line, onRtcpPort: false, bytes }, this.farPort(line));
  }

  sendsRtcp(line: number, packets: readonly RtcpPacket[]): void {
    this.probe.sends({ line, onRtcpPort: true, bytes: formatRtcpCompound(packets) }, this.farPort(line) + 1);
  }

  /** Speaks a tone on its first line, at its pace. */
  async speaks(
    stream: RtpSenderStream,
    packets: number,
    fromTick = 0,
    protect = (bytes: Uint8Array) => bytes,
  ): Promise<void> {
    const { clock } = this.probe.context;
    const send = (packet: RtpPacket): void => this.sendsRtp(0, protect(formatRtp(packet)));
    await sendTone({ clock, stream, send, packets, fromTick });
  }

  /** Presses a digit: its events as RFC 4733 wants them, all at once. The packets as they went. */
  presses(
    stream: RtpSenderStream,
    digit: string,
    { payloadType = 101, clockRateHz = 8000, durationMs = 100, ptsUs = 0 } = {},
  ): RtpPacket[] {
    const payloads = telephoneEventPackets(digit, { clockRateHz, durationMs });
    const packets = payloads.flatMap((payload) => stream.packets([payload], ptsUs, payloadType));
    for (const packet of packets) this.sendsRtp(0, packet);
    return packets;
  }

  #sends(
    method: string,
    sequence: number,
    headers: readonly SipHeader[],
    body: string | undefined,
    contentType = 'application/sdp',
  ): void {
    const { probe, callId, localTag, remoteTag } = this;
    const to = `<${probe.context.conferenceUri}>`;
    const request = createRequest({
      method,
      uri: this.#target,
      from: `"Probe ${probe.party}" <sip:probe-${probe.party}@probe.example>;tag=${localTag}`,
      to: remoteTag === '' ? to : `${to};tag=${remoteTag}`,
      callId,
      sequence,
      headers: [{ name: 'Contact', value: probe.contact }, ...headers],
      ...(body === undefined ? {} : { body: { contentType, body: Buffer.from(body) } }),
    });
    probe.says(request, this.#transport, this.#segments);
  }
}
