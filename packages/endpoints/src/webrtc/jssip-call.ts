/**
 * A call with JsSIP, the same in a page and in Node: registers nowhere, calls, tells what becomes of it. Nothing of Node or of the page is used here but RTCPeerConnection and WebSocket.
 */

/** The part of JsSIP that is used. */
export interface JsSip {
  readonly WebSocketInterface: new (url: string) => unknown;
  readonly UA: new (configuration: Record<string, unknown>) => JsSipAgent;
}

interface JsSipAgent {
  start(): void;
  stop(): void;
  on(event: string, listener: (event: never) => void): void;
  call(target: string, options: Record<string, unknown>): JsSipSession;
}

interface JsSipSession {
  readonly connection: RtcConnection | null;
  on(event: string, listener: (event: never) => void): void;
  terminate(): void;
  isEnded(): boolean;
}

/** The part of RTCPeerConnection that is used. */
export interface RtcConnection {
  addEventListener(type: 'track', listener: (event: { track: unknown }) => void): void;
  getStats(): Promise<{ forEach(callback: (report: Record<string, unknown>) => void): void }>;
  readonly remoteDescription: { readonly sdp: string } | null;
}

export interface JsSipCallOptions {
  readonly jssip: JsSip;
  readonly webSocketUrl: string;
  readonly uri: string;
  readonly displayName: string;
  readonly conferenceUri: string;
  readonly mediaStream: unknown;
  readonly onTrack: (track: never) => void;
  readonly onJoined: (codecs: { audioCodec: string; videoCodec: string }) => void;
  /** A final response that refused the call, or an answer that could not be used. */
  readonly onRefused: (refusal: { statusCode: number; reasonPhrase: string; diagnostics: string | null }) => void;
  /** No call came about, and nobody refused it: the bridge cannot be reached, or our own media failed. */
  readonly onFault: (message: string) => void;
  readonly onEnded: () => void;
}

interface FailedEvent {
  readonly cause: string;
  readonly message?: {
    status_code?: number;
    reason_phrase?: string;
    getHeader?: (name: string) => string | undefined;
  } | null;
}

/** A call under way. */
export interface JsSipCall {
  hangUp(): void;
  /** What the peer connection counted of its RTP streams and the path that they take. @see W3C webrtc-stats */
  statistics(): Promise<Record<string, unknown>[]>;
}

function tells({ type, nominated }: Record<string, unknown>): boolean {
  return /(bound-rtp|media-source)$/.test(String(type)) || (type === 'candidate-pair' && nominated === true);
}

export function startCall(options: JsSipCallOptions): JsSipCall {
  const { jssip, webSocketUrl, uri, displayName } = options;
  const agent = new jssip.UA({
    sockets: [new jssip.WebSocketInterface(webSocketUrl)],
    uri,
    display_name: displayName,
    register: false,
    session_timers: false,
    user_agent: 'Plugfest WebRTC client (JsSIP)',
  });
  let session: JsSipSession | undefined;
  let isSettled = false;
  /** Tells once what became of the call: what follows from it says nothing new. */
  const settle = (tell: () => void): void => {
    if (!isSettled) tell();
    isSettled = true;
  };
  agent.on('connected', () => {
    if (!isSettled) session ??= place(agent, options, settle);
  });
  agent.on('disconnected', ({ reason }: { reason?: string }) => {
    if (isSettled) return;
    settle(() => options.onFault(`no SIP over WebSocket at ${webSocketUrl}: ${reason || 'the connection was closed'}`));
    // It would try again for ever.
    agent.stop();
  });
  agent.start();
  return {
    hangUp() {
      if (session && !session.isEnded()) return session.terminate();
      // Not to call after all, when the connection comes.
      isSettled = true;
      agent.stop();
      options.onEnded();
    },
    async statistics() {
      const reports: Record<string, unknown>[] = [];
      (await session?.connection?.getStats())?.forEach((report) => {
        if (tells(report)) reports.push(report);
      });
      return reports;
    },
  };
}

function place(
  agent: JsSipAgent,
  { conferenceUri, mediaStream, onTrack, onJoined, onRefused, onFault, onEnded }: JsSipCallOptions,
  settle: (tell: () => void) => void,
): JsSipSession {
  const session = agent.call(conferenceUri, {
    mediaStream,
    mediaConstraints: { audio: true, video: true },
    pcConfig: { iceServers: [], bundlePolicy: 'max-bundle' },
    eventHandlers: {
      peerconnection: ({ peerconnection }: { peerconnection: RtcConnection }) =>
        peerconnection.addEventListener('track', ({ track }) => onTrack(track as never)),
    },
  });
  session.on('confirmed', () => settle(() => onJoined(codecsIn(session.connection?.remoteDescription?.sdp ?? ''))));
  let fault = '';
  for (const step of ['setlocaldescription', 'setremotedescription', 'createoffer']) {
    session.on(`peerconnection:${step}failed`, (error: Error) => {
      fault = `${step}: ${error.message}`;
    });
  }
  // An answer that could not be used fails too: what went wrong with it comes right after, and says more than the response.
  session.on('failed', ({ cause, message }: FailedEvent) =>
    queueMicrotask(() => {
      const why = fault ? `${cause} (${fault})` : cause;
      const { status_code: statusCode, reason_phrase } = message ?? {};
      if (statusCode === undefined) return settle(() => onFault(why));
      const diagnostics = message?.getHeader?.('ms-diagnostics') ?? null;
      settle(() => onRefused({ statusCode, reasonPhrase: fault ? why : (reason_phrase ?? cause), diagnostics }));
    }),
  );
  session.on('ended', onEnded);
  return session;
}

/** The first codec of each m-line of an answer. */
export function codecsIn(sdp: string): { audioCodec: string; videoCodec: string } {
  const codecOf = (kind: string): string => {
    const section = sdp.split(/^m=/m).find((text) => text.startsWith(kind)) ?? '';
    const payloadType = /^\w+ \d+ \S+ (\d+)/.exec(section)?.[1];
    return new RegExp(`^a=rtpmap:${payloadType} ([^/\\s]+)`, 'm').exec(section)?.[1] ?? 'unknown';
  };
  return { audioCodec: codecOf('audio'), videoCodec: codecOf('video') };
}
