import type { Clock } from '@plugfest/model';
import {
  demultiplex,
  formatRtcpCompound,
  formatRtp,
  parseRtcpCompound,
  parseRtp,
  type RtcpPacket,
  type RtpPacket,
  SrtpContext,
  withTransportSequenceNumber,
} from '@plugfest/rtp';
import {
  classifyAddress,
  type Fingerprint,
  type IceParameters,
  type NegotiatedDtls,
  type IceCandidate as SdpCandidate,
} from '@plugfest/sdp';
import {
  IceCandidate,
  type IceOptions,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
} from 'werift';
import { ArrivalFeedback, type ArrivalFeedbackOptions } from './arrival-feedback.ts';
import { logMediaKeys } from './media-keys.ts';
import type { MediaTransport } from './media-transport.ts';
import { PathRate } from './path-rate.ts';

/** The value of AES_CM_128_HMAC_SHA1_80 in DTLS-SRTP (RFC 5764 §4.1.2): the suite that our SRTP is fast with. */
const AES_CM_128_HMAC_SHA1_80 = 0x0001;
const KEY_BYTES = 16;
const SALT_BYTES = 14;

interface SessionKeys {
  readonly localKey: Buffer;
  readonly localSalt: Buffer;
  readonly remoteKey: Buffer;
  readonly remoteSalt: Buffer;
}

/** What werift keeps to itself of the UDP sockets of a connection. */
interface IceSocket {
  datagramReceived(bytes: Buffer, from: readonly [host: string, port: number]): void;
}

/** werift does ICE and DTLS; SRTP is ours, so that all legs share one implementation. */
class KeyingTransport extends RTCDtlsTransport {
  override startSrtp(): void {}
}

export interface WebRtcConnectionOptions {
  /** Where it listens: its one host candidate. */
  readonly host: string;
  readonly clock: Clock;
  /** In whose name the peer is told of its packets of all m-lines. */
  readonly source: ArrivalFeedbackOptions['source'];
  /** Whether more candidates of the peer may follow its description. @see RFC 8838 */
  readonly trickles: boolean;
  /** The peer answers no more checks of its consent, media having flowed. @see RFC 7675 */
  readonly onConsentLost: (() => void) | undefined;
}

/** One bundled WebRTC transport: ICE and DTLS by werift, and the m-lines that share it. */
export class WebRtcConnection implements AsyncDisposable {
  readonly #options: WebRtcConnectionOptions;
  readonly #ice: RTCIceTransport;
  readonly #dtls: RTCDtlsTransport;
  /** Payload types by m-line. */
  readonly #lines = new Map<BundledTransport, ReadonlySet<number>>();
  /** By the SSRCs that the peer's description names. */
  readonly #sources = new Map<number, BundledTransport>();
  #protect: SrtpContext | undefined;
  #unprotect: SrtpContext | undefined;
  readonly #arrivals: ArrivalFeedback;
  /** From the first numbered packet on. */
  #pathRate: PathRate | undefined;
  #isDating = false;
  #closed = false;
  /** Of the peer, by which it is known that it restarts. */
  #remoteUfrag: string | undefined;
  readonly #guarded = new WeakSet<IceSocket>();
  #checking: Promise<void> | undefined;
  #superseded: (() => void) | undefined;
  refused = 0;

  private constructor(options: WebRtcConnectionOptions, ice: RTCIceTransport, dtls: RTCDtlsTransport) {
    this.#options = options;
    this.#ice = ice;
    this.#dtls = dtls;
    this.#arrivals = new ArrivalFeedback({ ...options, send: (packets) => this.sendRtcp(packets) });
    ice.connection.onData.subscribe((bytes) => this.#take(bytes));
    ice.onStateChange.subscribe((state) => {
      if (state === 'failed' && this.#protect && !this.#closed) this.#options.onConsentLost?.();
    });
    this.#guard();
  }

  /**
   * werift hands on what comes from anywhere: a foreign ClientHello would reach the handshake. Only STUN may come from who has not passed a
   * connectivity check. @see RFC 8445 §12.2
   */
  #guard(): void {
    const { connection } = this.#ice;
    const { protocols } = connection as unknown as { readonly protocols: readonly IceSocket[] };
    for (const socket of protocols) {
      if (this.#guarded.has(socket)) continue;
      this.#guarded.add(socket);
      const pass = socket.datagramReceived.bind(socket);
      socket.datagramReceived = (bytes, [host, port]) => {
        const isKnown = connection.checkList.some(({ remoteAddr }) => remoteAddr[0] === host && remoteAddr[1] === port);
        if (isKnown || demultiplex(bytes) === 'stun') pass(bytes, [host, port]);
        else this.refused++;
      };
    }
  }

  /** Gathers host candidates on `host` and nothing else: no STUN server is asked. */
  static async open(options: WebRtcConnectionOptions): Promise<WebRtcConnection> {
    const iceOptions: Partial<IceOptions> = {
      useIpv4: false,
      useIpv6: false,
      useTcp: false,
      additionalHostAddresses: [options.host],
    };
    const gatherer = new RTCIceGatherer(iceOptions);
    gatherer.connection.stunServer = undefined;
    const ice = new RTCIceTransport(gatherer);
    const dtls = new KeyingTransport({}, ice, await RTCDtlsTransport.SetupCertificate(), [AES_CM_128_HMAC_SHA1_80]);
    await ice.gather();
    return new WebRtcConnection(options, ice, dtls);
  }

  get local(): { ufrag: string; pwd: string; candidates: readonly SdpCandidate[]; fingerprint: Fingerprint } {
    const { usernameFragment, password } = this.#ice.localParameters;
    const [fingerprint] = this.#dtls.localParameters.fingerprints;
    return {
      ufrag: usernameFragment,
      pwd: password,
      candidates: this.#ice.localCandidates
        .filter(({ protocol }) => protocol.toLowerCase() === 'udp')
        .map(
          ({ foundation, component, priority, ip, port }) =>
            ({ foundation, component, transport: 'udp', priority, address: ip, port, type: 'host' }) as SdpCandidate,
        ),
      fingerprint: { algorithm: fingerprint?.algorithm ?? '', value: fingerprint?.value.toUpperCase() ?? '' },
    };
  }

  get port(): number {
    return this.#ice.localCandidates[0]?.port ?? 9;
  }

  /** A new m-line of the bundle. */
  line(): BundledTransport {
    const line = new BundledTransport(this);
    this.#lines.set(line, new Set());
    return line;
  }

  isFirst(line: BundledTransport): boolean {
    return this.#lines.keys().next().value === line;
  }

  /** By these packets find their m-line: an SSRC that the peer says, else the payload type (RFC 8843 §9.2). */
  setSources(line: BundledTransport, payloadTypes: readonly number[], ssrcs: readonly number[]): void {
    this.#lines.set(line, new Set(payloadTypes));
    for (const [known, of] of this.#sources) if (of === line) this.#sources.delete(known);
    for (const ssrc of ssrcs) this.#sources.set(ssrc, line);
  }

  /** True where the peer has other credentials than it was connected with. @see RFC 8445 §9 */
  isRestartedBy(ufrag: string): boolean {
    return this.#remoteUfrag !== undefined && this.#remoteUfrag !== ufrag;
  }

  /** New credentials of our own, which are then described; DTLS and its keys stay. `check` must follow. */
  async restart(): Promise<void> {
    const next = Promise.withResolvers<void>();
    this.#checking = next.promise;
    this.#superseded = next.resolve;
    this.#remoteUfrag = undefined;
    this.#ice.restart();
    await this.#ice.gather();
    this.#guard();
  }

  /** Checks connectivity, at first or after a restart. @throws where the peer cannot be reached */
  async check(ice: IceParameters): Promise<void> {
    this.#remoteUfrag = ice.ufrag;
    this.#checking = this.#checkWith(ice);
    this.#superseded?.();
    // Checks that a restart put an end to may fail: the later ones count.
    for (let last: Promise<void> | undefined; last !== this.#checking; ) {
      last = this.#checking;
      await last.catch((fault: unknown) => {
        if (last === this.#checking) throw fault;
      });
    }
  }

  async #checkWith(ice: IceParameters): Promise<void> {
    this.#ice.setRemoteParams(
      new RTCIceParameters({ usernameFragment: ice.ufrag, password: ice.pwd, iceLite: ice.lite }),
    );
    if (this.#options.trickles) await this.addCandidates(ice);
    else {
      for (const candidate of ice.candidates) await this.#ice.addRemoteCandidate(candidateOf(candidate));
      await this.#ice.addRemoteCandidate(undefined);
    }
    await this.#ice.start();
  }

  /**
   * Candidates that come one after the other; after their end no more are taken. Names are passed over: a browser's are to be asked of the whole local
   * network, and its own checks reach us before that is answered. @see RFC 8838 §9
   */
  async addCandidates({
    candidates,
    endOfCandidates,
  }: Pick<IceParameters, 'candidates' | 'endOfCandidates'>): Promise<void> {
    for (const candidate of candidates) {
      const isUsable = candidate.transport === 'udp' && classifyAddress(candidate.address) === 'unicast';
      if (isUsable) await this.#ice.addRemoteCandidate(candidateOf(candidate));
    }
    if (endOfCandidates) await this.#ice.addRemoteCandidate(undefined);
  }

  /** Checks, handshakes and keys; resolves when media can flow. @throws where the peer cannot be reached or is not who its fingerprint says. */
  async connect(ice: IceParameters, dtls: NegotiatedDtls, hasOffered: boolean): Promise<void> {
    this.#ice.connection.iceControlling = hasOffered || ice.lite;
    await this.check(ice);
    this.#dtls.role = dtls.localSetup === 'active' ? 'client' : 'server';
    const fingerprints = dtls.fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value));
    this.#dtls.setRemoteParams(new RTCDtlsParameters(fingerprints, dtls.localSetup === 'active' ? 'server' : 'client'));
    await this.#dtls.start();
    const keys = this.#dtls.dtls?.extractSessionKeys(KEY_BYTES, SALT_BYTES);
    if (!keys) throw new Error('DTLS gave no keys');
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    this.#protect = new SrtpContext({ suite, key: keys.localKey, salt: keys.localSalt });
    this.#unprotect = new SrtpContext({ suite, key: keys.remoteKey, salt: keys.remoteSalt });
    this.#logKeys(suite, keys);
  }

  #logKeys(suite: string, keys: SessionKeys): void {
    const { nominated } = this.#ice.connection;
    const cipher = this.#dtls.dtls?.cipher;
    if (!nominated || !cipher) return;
    const [address, port] = nominated.remoteAddr;
    const { host, port: localPort } = nominated.localCandidate;
    const joined = (key: Buffer, salt: Buffer): string => Buffer.concat([key, salt]).toString('base64');
    const client = this.#dtls.role === 'client' ? cipher.localRandom : cipher.remoteRandom;
    logMediaKeys({
      suite,
      clientRandom: client.serialize().toString('hex'),
      masterSecret: cipher.masterSecret.toString('hex'),
      local: { keyAndSalt: joined(keys.localKey, keys.localSalt), address: host, port: localPort },
      remote: { keyAndSalt: joined(keys.remoteKey, keys.remoteSalt), address, port },
    });
  }

  sendRtp(packet: RtpPacket, line: BundledTransport): void {
    if (this.#protect && !this.#closed) this.#send(this.#protect.protectRtp(formatRtp(this.#numbered(packet, line))));
  }

  #numbered(packet: RtpPacket, line: BundledTransport): RtpPacket {
    const { sequenceNumberId: id } = line;
    if (id === undefined) return packet;
    this.#pathRate ??= new PathRate();
    this.#date(this.#pathRate);
    return withTransportSequenceNumber(packet, id, this.#pathRate.number(line, packet, this.#options.clock.nowUs()));
  }

  /** Sockets send when this turn of the event loop is over, which may be long after: views are composed and encoded in one. */
  #date(pathRate: PathRate): void {
    if (this.#isDating) return;
    this.#isDating = true;
    process.nextTick(() => {
      this.#isDating = false;
      pathRate.departed(this.#options.clock.nowUs());
    });
  }

  sendRtcp(packets: readonly RtcpPacket[]): void {
    if (this.#protect && !this.#closed) this.#send(this.#protect.protectRtcp(formatRtcpCompound(packets)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.close();
    await this.#dtls.stop();
    await this.#ice.stop();
  }

  /** A pair that went away is noticed by consent (RFC 7675), not here. */
  #send(bytes: Uint8Array): void {
    this.#ice.connection.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).catch(() => {
      this.refused++;
    });
  }

  #take(bytes: Uint8Array): void {
    const kind = demultiplex(bytes);
    const taken = kind === 'rtp' ? this.#takeRtp(bytes) : kind === 'rtcp' ? this.#takeRtcp(bytes) : true;
    if (!taken) this.refused++;
  }

  #takeRtp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect?.unprotectRtp(bytes);
    const packet = plain?.ok ? parseRtp(plain.value) : undefined;
    if (!packet?.ok || this.#closed) return false;
    const arrivalUs = this.#options.clock.nowUs();
    if (this.#sequenceNumberId !== undefined) this.#arrivals.take(packet.value, this.#sequenceNumberId, arrivalUs);
    const line = this.#lineOf(packet.value);
    line?.onRtp?.(packet.value, arrivalUs);
    return line !== undefined;
  }

  /** One for all m-lines that have it. */
  get #sequenceNumberId(): number | undefined {
    for (const { sequenceNumberId } of this.#lines.keys()) if (sequenceNumberId !== undefined) return sequenceNumberId;
    return undefined;
  }

  /** A source may be only one m-line's, but an m-line may have more than the one that was said. */
  #lineOf({ ssrc, payloadType }: RtpPacket): BundledTransport | undefined {
    const source = this.#sources.get(ssrc);
    if (source) return this.#lines.get(source)?.has(payloadType) ? source : undefined;
    for (const [line, payloadTypes] of this.#lines) if (payloadTypes.has(payloadType)) return line;
    return undefined;
  }

  #takeRtcp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect?.unprotectRtcp(bytes);
    const compound = plain?.ok ? parseRtcpCompound(plain.value) : undefined;
    if (!compound?.ok) return false;
    for (const packet of compound.value) {
      if (packet.type === 'transport-cc') this.#pathRate?.take(packet, this.#options.clock.nowUs());
    }
    for (const line of this.#lines.keys()) line.onRtcp?.(compound.value);
    return true;
  }
}

function candidateOf({ foundation, component, priority, address, port, type }: SdpCandidate): IceCandidate {
  return new IceCandidate(component, foundation, address, port, priority, 'udp', type);
}

/** One m-line of a bundle. */
export class BundledTransport implements MediaTransport {
  readonly #connection: WebRtcConnection;
  onRtp: MediaTransport['onRtp'];
  onRtcp: MediaTransport['onRtcp'];
  onPathRate: MediaTransport['onPathRate'];
  /** Of the header extension that numbers the packets of all m-lines; undefined where it was not agreed for this one. */
  sequenceNumberId: number | undefined;

  constructor(connection: WebRtcConnection) {
    this.#connection = connection;
  }

  /** What the connection refused belongs to no line: the first tells of it. */
  get refused(): number {
    return this.#connection.isFirst(this) ? this.#connection.refused : 0;
  }

  sendRtp(packet: RtpPacket): void {
    this.#connection.sendRtp(packet, this);
  }

  sendRtcp(packets: readonly RtcpPacket[]): void {
    this.#connection.sendRtcp(packets);
  }

  /** The connection is the call's to close. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
