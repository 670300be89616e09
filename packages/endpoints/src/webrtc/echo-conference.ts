import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import type { SipHeader } from '@plugfest/sip';
import { type IncomingSession, UserAgent } from '@plugfest/sip-node';
import { RTCPeerConnection, type RTCRtpTransceiver, useH264, useOPUS, useVP8 } from 'werift';

const HOST = '127.0.0.1';
const SDP = 'application/sdp';

export interface EchoOptions {
  readonly video?: 'H264' | 'VP8';
  /** Refuses every call. */
  readonly refusal?: { readonly statusCode: number; readonly reasonPhrase: string; readonly headers?: SipHeader[] };
}

/**
 * For tests: a conference of one, over WebSocket, that sends to its caller what the caller sends: so pictures come back with the codes that they
 * were sent with. Its WebRTC is werift's, which shares nothing with libwebrtc.
 */
export class EchoConference implements AsyncDisposable {
  readonly #agent: UserAgent;
  readonly #options: EchoOptions;
  readonly #calls = new Set<RTCPeerConnection>();
  readonly sessions: IncomingSession[] = [];

  private constructor(agent: UserAgent, options: EchoOptions) {
    this.#agent = agent;
    this.#options = options;
    agent.onInvite = (session) => void this.#take(session);
  }

  static async open(options: EchoOptions = {}): Promise<EchoConference> {
    const agent = await UserAgent.open({
      clock: hostClock,
      random: seededRandom(1),
      aor: 'sip:echo@echo.example',
      userAgentHeader: 'plugfest-test',
      listen: [{ transport: 'ws', host: HOST }],
    });
    return new EchoConference(agent, options);
  }

  /** For `JoinTarget.bridge.ws`. */
  get url(): string {
    const { host, port } = this.#agent.addresses[0] ?? {};
    return `ws://${host}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
    await Promise.all([...this.#calls].map((call) => call.close()));
  }

  async #take(session: IncomingSession): Promise<void> {
    this.sessions.push(session);
    const { refusal } = this.#options;
    if (refusal) return session.reject(refusal.statusCode, refusal.reasonPhrase, refusal.headers);
    const call = new RTCPeerConnection({
      codecs: { audio: [useOPUS()], video: [this.#options.video === 'VP8' ? useVP8() : useH264()] },
      iceServers: [],
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceUseTcp: false,
      iceAdditionalHostAddresses: [HOST],
    });
    this.#calls.add(call);
    call.onRemoteTransceiverAdded.subscribe((transceiver) => void echo(transceiver));
    await call.setRemoteDescription({ type: 'offer', sdp: Buffer.from(session.request.body).toString('utf8') });
    await call.setLocalDescription(await call.createAnswer());
    session.accept({ body: Buffer.from(call.localDescription?.sdp ?? '', 'utf8'), contentType: SDP });
    await session.terminated;
    this.#calls.delete(call);
    await call.close();
  }
}

/** Packets go back as they come; so do requests for a key frame, to the encoder that can answer them. */
async function echo(transceiver: RTCRtpTransceiver): Promise<void> {
  const [track] = await transceiver.onTrack.asPromise();
  transceiver.setDirection('sendrecv');
  await transceiver.sender.replaceTrack(track);
  transceiver.sender.onPictureLossIndication.subscribe(
    () => track.ssrc !== undefined && void transceiver.receiver.sendRtcpPLI(track.ssrc),
  );
}
