import { type ClientCallEvents, codecsIn, type RtcStatistics, statisticsOf, type WebRtcCall } from './webrtc-call.ts';

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
export interface RtcConnection extends RtcStatistics {
  addEventListener(type: 'track', listener: (event: { track: unknown }) => void): void;
  readonly remoteDescription: { readonly sdp: string } | null;
}

export interface JsSipCallOptions extends ClientCallEvents {
  readonly jssip: JsSip;
  readonly webSocketUrl: string;
  readonly uri: string;
  readonly displayName: string;
  readonly conferenceUri: string;
  readonly mediaStream: unknown;
}

interface FailedEvent {
  readonly cause: string;
  readonly message?: {
    status_code?: number;
    reason_phrase?: string;
    getHeader?: (name: string) => string | undefined;
  } | null;
}

export function startCall(options: JsSipCallOptions): WebRtcCall {
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
    statistics: () => statisticsOf(session?.connection),
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
