import type { ClientEvent } from './client-protocol.ts';
import {
  type ClientCallEvents,
  codecsIn,
  connected,
  gathered,
  type OwnConnection,
  statisticsOf,
  type WebRtcCall,
} from './webrtc-call.ts';

/**
 * A person without SIP: one session by WHIP to be seen and heard, one by WHEP to look on, the same in a page and in Node. Nothing of Node or of the page is used here
 * but RTCPeerConnection and fetch. @see RFC 9725, draft-ietf-wish-whep-03
 */

/** The part of RTCPeerConnection that is used. */
export interface WhipConnection extends OwnConnection {
  addTransceiver(trackOrKind: unknown, init: { direction: 'sendonly' | 'recvonly' }): unknown;
  setRemoteDescription(description: { type: 'answer'; sdp: string }): Promise<void>;
}

export interface WhipCallOptions extends ClientCallEvents {
  readonly newConnection: () => WhipConnection;
  /** `http://host:port` of the server that has the endpoints. */
  readonly whipUrl: string;
  readonly uri: string;
  readonly displayName: string;
  readonly conferenceUri: string;
  readonly tracks: readonly unknown[];
}

type Refusal = Omit<Extract<ClientEvent, { type: 'refused' }>, 'type'>;

/** An answer that is no 2xx. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`refused: ${refusal.statusCode} ${refusal.reasonPhrase}`);
    this.refusal = refusal;
  }
}

/** One session at a WHIP or WHEP endpoint. */
class HttpSession {
  readonly connection: WhipConnection;
  #url = '';

  constructor(connection: WhipConnection) {
    this.connection = connection;
  }

  /** With all candidates in the offer: there are only those of this machine. @returns the answer @throws Refused */
  async start(endpoint: string): Promise<string> {
    const { connection } = this;
    await connection.setLocalDescription((await connection.createOffer()) as never);
    await gathered(connection);
    const body = connection.localDescription?.sdp ?? '';
    const response = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body });
    const text = await response.text();
    if (response.status !== 201) throw new Refused(refusalOf(response, text));
    this.#url = new URL(response.headers.get('location') ?? '', endpoint).href;
    await connection.setRemoteDescription({ type: 'answer', sdp: text });
    return text;
  }

  /** A session that the bridge has ended already is not there any more. */
  async end(): Promise<void> {
    const url = this.#url;
    this.#url = '';
    if (url !== '') await fetch(url, { method: 'DELETE' }).catch(() => undefined);
    this.connection.close();
  }
}

export function startWhipCall(options: WhipCallOptions): WebRtcCall {
  const { newConnection, onEnded } = options;
  const publisher = new HttpSession(newConnection());
  const viewer = new HttpSession(newConnection());
  let isOver = false;
  const end = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    await Promise.all([publisher.end(), viewer.end()]);
    onEnded();
  };
  join(options, publisher, viewer).then(
    (answer) => {
      if (isOver) return;
      options.onJoined(codecsIn(answer));
      for (const { connection } of [publisher, viewer]) {
        connection.addEventListener('connectionstatechange', () => {
          if (/failed|closed/.test(connection.connectionState)) void end();
        });
      }
    },
    (fault: unknown) => {
      if (isOver) return;
      if (fault instanceof Refused) options.onRefused(fault.refusal);
      else options.onFault(String(fault));
    },
  );
  return {
    hangUp: () => void end(),
    statistics: async () =>
      (await Promise.all([publisher, viewer].map(({ connection }) => statisticsOf(connection)))).flat(),
  };
}

/** First to be there, then to look on: a bridge tells of both in this order. @returns the viewer's answer */
async function join(
  { whipUrl, uri, displayName, conferenceUri, tracks, onTrack }: WhipCallOptions,
  publisher: HttpSession,
  viewer: HttpSession,
): Promise<string> {
  const room = encodeURIComponent(conferenceUri.replace(/^sips?:/i, '').split('@')[0] ?? '');
  const query = new URLSearchParams({ user: uri.replace(/^sips?:/i, ''), name: displayName });
  for (const track of tracks) publisher.connection.addTransceiver(track, { direction: 'sendonly' });
  for (const kind of ['audio', 'video']) viewer.connection.addTransceiver(kind, { direction: 'recvonly' });
  viewer.connection.addEventListener('track', ({ track }: { track: never }) => onTrack(track));
  await publisher.start(`${whipUrl}/whip/${room}?${query}`);
  await connected(publisher.connection);
  const answer = await viewer.start(`${whipUrl}/whep/${room}?${query}`);
  await connected(viewer.connection);
  return answer;
}

/** What a problem says of itself. @see RFC 9457 §3.1 */
function refusalOf({ status, statusText }: Response, text: string): Refusal {
  let reasonPhrase = statusText;
  try {
    reasonPhrase = String((JSON.parse(text) as { detail?: unknown }).detail ?? statusText);
  } catch {
    // No problem document: the status says what there is to say.
  }
  return { statusCode: status, reasonPhrase, diagnostics: null };
}
