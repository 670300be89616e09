import { JanusFault, type JanusHandle, JanusSession, type Jsep, type PluginMessage } from './janus-session.ts';
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
 * A person in a conference of Janus: heard and hearing by its AudioBridge, which mixes; seen and seeing by its VideoRoom, which passes each picture on by itself. Three
 * peer connections, as its own web client has them. @see https://janus.conf.meetecho.com/docs/audiobridge.html, videoroom.html
 */

/** The part of RTCPeerConnection that is used. */
export interface JanusConnection extends OwnConnection {
  addTransceiver(track: unknown, init: { direction: 'sendonly' | 'sendrecv' }): unknown;
  createAnswer(): Promise<unknown>;
  setRemoteDescription(description: Jsep): Promise<void>;
}

/** Where others' pictures are put. */
export interface Wall {
  show(person: string, track: never): void;
  clear(person: string): void;
}

export interface JanusCallOptions extends ClientCallEvents {
  readonly newConnection: () => JanusConnection;
  readonly janusUrl: string;
  readonly room: number;
  /** Who it is for the others: their seats are called by it. */
  readonly person: string;
  readonly microphone: unknown;
  readonly camera: unknown;
  readonly wall: Wall;
}

/** One picture that is passed on to us. */
interface Stream {
  readonly mid: string;
  /** Janus's number of who publishes it. */
  readonly feed: number;
  readonly person: string;
}

export function startJanusCall(options: JanusCallOptions): WebRtcCall {
  const call = new JanusCall(options);
  call.join().then(options.onJoined, (fault: unknown) => {
    if (call.isOver) return;
    if (fault instanceof JanusFault)
      options.onRefused({ statusCode: fault.code, reasonPhrase: fault.message, diagnostics: null });
    else options.onFault(String(fault));
  });
  return { hangUp: () => call.end(), statistics: () => call.statistics() };
}

class JanusCall {
  readonly #options: JanusCallOptions;
  readonly #speaking: JanusConnection;
  readonly #publishing: JanusConnection;
  readonly #watching: JanusConnection;
  #session: JanusSession | undefined;
  #viewer: JanusHandle | undefined;
  #streams: readonly Stream[] = [];
  /** Descriptions are agreed one after another. */
  #agreeing: Promise<void> = Promise.resolve();
  isOver = false;

  constructor(options: JanusCallOptions) {
    const { newConnection, onTrack } = options;
    this.#options = options;
    [this.#speaking, this.#publishing, this.#watching] = [newConnection(), newConnection(), newConnection()];
    this.#speaking.addEventListener('track', ({ track }: { track: never }) => onTrack(track));
    this.#watching.addEventListener('track', ({ track, transceiver }: { track: never; transceiver: { mid: string } }) =>
      this.#show(track, transceiver.mid),
    );
  }

  async join(): Promise<{ audioCodec: string; videoCodec: string }> {
    const { janusUrl, room, person, microphone, camera } = this.#options;
    this.#session = await JanusSession.open(janusUrl, () => this.end());
    const sound = await this.#session.attach('janus.plugin.audiobridge');
    await sound.ask({ request: 'join', room, display: person });
    this.#speaking.addTransceiver(microphone, { direction: 'sendrecv' });
    const heard = await offer(this.#speaking, (jsep) => sound.ask({ request: 'configure', muted: false }, jsep));
    const pictures = await this.#session.attach('janus.plugin.videoroom', (message) => this.#hear(message));
    const { data } = await pictures.ask({ request: 'join', ptype: 'publisher', room, display: person });
    this.#publishing.addTransceiver(camera, { direction: 'sendonly' });
    const seen = await offer(this.#publishing, (jsep) => pictures.ask({ request: 'publish' }, jsep));
    this.#watch(data.publishers);
    await Promise.all([connected(this.#speaking), connected(this.#publishing)]);
    return { audioCodec: codecsIn(heard).audioCodec, videoCodec: codecsIn(seen).videoCodec };
  }

  async statistics(): Promise<Record<string, unknown>[]> {
    const connections = [this.#speaking, this.#publishing, this.#watching];
    return (await Promise.all(connections.map(statisticsOf))).flat();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#session?.close();
    for (const connection of [this.#speaking, this.#publishing, this.#watching]) connection.close();
    this.#options.onEnded();
  }

  /** What the room says of others. */
  #hear({ data }: PluginMessage): void {
    this.#watch(data.publishers);
    const gone = Number(data.unpublished ?? data.leaving);
    for (const { feed, person } of this.#streams) if (feed === gone) this.#options.wall.clear(person);
  }

  #watch(publishers: unknown): void {
    const feeds = Array.isArray(publishers) ? publishers.map(({ id }: { id: number }) => ({ feed: id })) : [];
    if (feeds.length > 0) this.#agreeing = this.#agreeing.then(() => this.#subscribe(feeds)).catch(() => {});
  }

  async #subscribe(streams: readonly { readonly feed: number }[]): Promise<void> {
    if (this.isOver || !this.#session) return;
    const { room } = this.#options;
    const isFirst = this.#viewer === undefined;
    this.#viewer ??= await this.#session.attach('janus.plugin.videoroom');
    const request = isFirst
      ? { request: 'join', ptype: 'subscriber', room, streams }
      : { request: 'subscribe', streams };
    const { data, jsep } = await this.#viewer.ask(request);
    this.#learn(data.streams);
    if (!jsep) return;
    await this.#watching.setRemoteDescription(jsep);
    await this.#watching.setLocalDescription((await this.#watching.createAnswer()) as never);
    await gathered(this.#watching);
    await this.#viewer.ask({ request: 'start' }, { type: 'answer', sdp: this.#watching.localDescription?.sdp ?? '' });
  }

  /** Whose picture is in which m-line. */
  #learn(streams: unknown): void {
    const told = Array.isArray(streams) ? (streams as Readonly<Record<string, unknown>>[]) : [];
    this.#streams = told.flatMap(({ mid, feed_id, feed_display }) =>
      typeof feed_display === 'string' ? [{ mid: String(mid), feed: Number(feed_id), person: feed_display }] : [],
    );
  }

  #show(track: never, mid: string): void {
    const stream = this.#streams.find((one) => one.mid === mid);
    if (stream) this.#options.wall.show(stream.person, track);
  }
}

/** @returns the answer */
async function offer(connection: JanusConnection, ask: (jsep: Jsep) => Promise<PluginMessage>): Promise<string> {
  await connection.setLocalDescription((await connection.createOffer()) as never);
  await gathered(connection);
  const { jsep } = await ask({ type: 'offer', sdp: connection.localDescription?.sdp ?? '' });
  if (jsep?.type !== 'answer') throw new JanusFault(0, 'an offer without an answer');
  await connection.setRemoteDescription(jsep);
  return jsep.sdp;
}
