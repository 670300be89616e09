/** What any way for a WebRTC client to call has in common, in a page and in Node. */

export interface ClientCallEvents {
  readonly onTrack: (track: never) => void;
  readonly onJoined: (codecs: { audioCodec: string; videoCodec: string }) => void;
  /** A final response that refused the call, or an answer that could not be used. */
  readonly onRefused: (refusal: { statusCode: number; reasonPhrase: string; diagnostics: string | null }) => void;
  /** No call came about, and nobody refused it: the bridge cannot be reached, or our own media failed. */
  readonly onFault: (message: string) => void;
  readonly onEnded: () => void;
}

/** A call under way. */
export interface WebRtcCall {
  hangUp(): void;
  /** What the peer connections counted of their RTP streams and the paths that these take. @see W3C webrtc-stats */
  statistics(): Promise<Record<string, unknown>[]>;
}

/** The part of RTCPeerConnection that counts. */
export interface RtcStatistics {
  getStats(): Promise<{ forEach(callback: (report: Record<string, unknown>) => void): void }>;
}

export async function statisticsOf(connection: RtcStatistics | null | undefined): Promise<Record<string, unknown>[]> {
  const reports: Record<string, unknown>[] = [];
  (await connection?.getStats())?.forEach((report) => {
    if (tells(report)) reports.push(report);
  });
  return reports;
}

function tells({ type, nominated }: Record<string, unknown>): boolean {
  return /(bound-rtp|media-source)$/.test(String(type)) || (type === 'candidate-pair' && nominated === true);
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

/** The part of RTCPeerConnection that a client uses which makes its descriptions itself. */
export interface OwnConnection extends RtcStatistics {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: { readonly sdp?: string } | null;
  createOffer(): Promise<unknown>;
  setLocalDescription(description: never): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
  close(): void;
}

/** Longer than ICE and DTLS take between machines that reach each other. */
const CONNECT_MS = 15_000;

/** Resolves when its description has all candidates: there are only those of this machine. */
export function gathered(connection: OwnConnection): Promise<void> {
  return until(connection, 'icegatheringstatechange', () => connection.iceGatheringState === 'complete');
}

/** @throws where media cannot flow */
export async function connected(connection: OwnConnection): Promise<void> {
  const isSettled = (): boolean => /connected|failed|closed/.test(connection.connectionState);
  await until(connection, 'connectionstatechange', isSettled, CONNECT_MS);
  if (connection.connectionState === 'connected') return;
  throw new Error(`no connection with the bridge: ${connection.connectionState} after ${CONNECT_MS / 1000} s`);
}

function until(
  connection: OwnConnection,
  event: string,
  isSo: () => boolean,
  timeoutMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (isSo()) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = Number.isFinite(timeoutMs) ? setTimeout(resolve, timeoutMs) : undefined;
  connection.addEventListener(event, () => {
    if (!isSo()) return;
    clearTimeout(timer);
    resolve();
  });
  return promise;
}
