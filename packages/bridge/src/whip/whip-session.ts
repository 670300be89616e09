import { randomBytes } from 'node:crypto';
import { err, ok, type Result } from '@plugfest/model';
import { attribute, formatTrickleFragment, parseSdp, parseTrickleFragment, type TaggedLine } from '@plugfest/sdp';
import type { ParticipantSession } from '../conference/participant.ts';
import type { CallMedia } from '../leg/call-media.ts';
import type { WhipArrival, WhipRefusal } from './whip-arrival.ts';

/** Why a session ended, in the words of a call's end. */
type WhipEnd = 'local-bye' | 'remote-bye' | 'no-connection' | 'consent-lost' | 'fault';

/** What a PATCH is answered with; without a body: 204. */
interface Patched {
  readonly etag: string;
  readonly fragment?: string;
}

/** One publisher's or viewer's session: what HTTP says of it after it was answered. @see RFC 9725 §4.2 */
export class WhipSession implements ParticipantSession {
  readonly signalling: WhipArrival['signalling'];
  readonly room: string;
  /** Whoever knows it may end the session: it cannot be guessed. @see RFC 9725 §5 */
  readonly name = randomBytes(18).toString('base64url');
  readonly callId: string;
  /** The answer to its offer. */
  readonly answer: string;
  readonly terminated: Promise<WhipEnd>;
  readonly #media: CallMedia;
  readonly #end = Promise.withResolvers<WhipEnd>();
  #state: ParticipantSession['state'] = 'established';
  /** Of the present ICE session. @see RFC 9725 §4.3.1 */
  #etag = newTag();
  #remoteUfrag: string;
  /** One PATCH after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ signalling, room, offer }: WhipArrival, id: string, answer: string, media: CallMedia) {
    this.signalling = signalling;
    this.room = room;
    this.callId = `${signalling} ${id}`;
    this.answer = answer;
    this.#media = media;
    this.#remoteUfrag = ufragOf(offer);
    this.terminated = this.#end.promise;
  }

  get state(): ParticipantSession['state'] {
    return this.#state;
  }

  get etag(): string {
    return this.#etag;
  }

  /** We end it: the peer notices by ICE, and its next request finds nothing. */
  bye(): Promise<void> {
    this.finish('local-bye');
    return Promise.resolve();
  }

  /** Ends it, once. */
  finish(reason: WhipEnd): void {
    this.#state = 'terminated';
    this.#end.resolve(reason);
  }

  /** Candidates that came late, or an ICE restart, where the peer has new credentials. */
  patch(text: string, ifMatch: string | undefined): Promise<Result<Patched, WhipRefusal>> {
    const patched = this.#last.then(() => this.#patch(text, ifMatch));
    this.#last = patched;
    return patched;
  }

  async #patch(text: string, ifMatch: string | undefined): Promise<Result<Patched, WhipRefusal>> {
    if (ifMatch === undefined) return refuse(428, 'If-Match names the ICE session that this is about');
    const tags = ifMatch.split(',').map((tag) => tag.trim());
    // RFC 9725's examples have the asterisk in quotes.
    const isAny = tags.some((tag) => tag === '*' || tag === '"*"');
    if (!isAny && !tags.includes(this.#etag)) return refuse(412, 'another ICE session is running by now');
    const read = parseTrickleFragment(text);
    if (!read.ok) return refuse(400, `the body is no fragment of SDP: ${read.error.text}`);
    if (this.#state === 'terminated') return refuse(404, 'that session has ended');
    const { ufrag } = read.value;
    if (ufrag === this.#remoteUfrag) {
      await this.#media.addCandidates(read.value);
      return ok({ etag: this.#etag });
    }
    // A restart is asked for whatever ICE session is running; a candidate of one that nobody asked for is of none. @see RFC 9725 §4.3.3
    if (!isAny) return refuse(412, 'that ICE session has not begun');
    const local = await this.#media.restartIce({ ...read.value, lite: false });
    if (!local) return refuse(404, 'that session has ended');
    this.#remoteUfrag = ufrag;
    this.#etag = newTag();
    return ok({
      etag: this.#etag,
      fragment: formatTrickleFragment({ ...local, endOfCandidates: true }, tagOf(this.answer)),
    });
  }
}

function newTag(): string {
  return `"${randomBytes(9).toString('base64url')}"`;
}

/** Of the m-line that the bundle hangs on, or of the session. */
function ufragOf(offer: string): string {
  const parsed = parseSdp(offer);
  if (!parsed.ok) return '';
  return [...parsed.value.media, parsed.value].flatMap((part) => attribute(part, 'ice-ufrag') ?? [])[0] ?? '';
}

/** The first m-line of the bundle. */
function tagOf(answer: string): TaggedLine {
  const parsed = parseSdp(answer);
  const first = parsed.ok ? parsed.value.media[0] : undefined;
  const mid = (first && attribute(first, 'mid')) ?? '0';
  return { kind: first?.kind ?? 'audio', protocol: first?.protocol ?? 'UDP/TLS/RTP/SAVPF', mid };
}

function refuse(status: number, text: string): Result<never, WhipRefusal> {
  return err({ status, text });
}
