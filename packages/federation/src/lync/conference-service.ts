import { header, parseMediaType, type SipBody, type SipRequest } from '@plugfest/sip';
import type { ResponseSpec } from '@plugfest/sip-node';
import { ConferenceFocus, type FocusOutcome } from './conference-focus.ts';
import { descend, escapeXml, parseXml, type XmlElement } from './xml.ts';

export interface ConferenceServiceOptions {
  readonly domain: string;
  readonly newId: () => string;
  /** Somebody is to be called into a conference by the AVMCU, at its URI. */
  readonly onDialOut?: (address: string, avUri: string) => void;
  /** A roster is another. */
  readonly onRoster: (focus: ConferenceFocus) => void;
}

const C3P = 'application/cccp+xml';
const MAX_CONFERENCES = 200;

/** The focus factory and the foci of a pool: conferences are made, joined, steered and watched. @see [MS-CONFBAS]; FEDERATION §1.5 */
export class ConferenceService {
  readonly factoryUri: string;
  readonly #options: ConferenceServiceOptions;
  readonly #foci = new Map<string, ConferenceFocus>();

  constructor(options: ConferenceServiceOptions) {
    this.#options = options;
    this.factoryUri = `sip:conferences@${options.domain};gruu;opaque=app:conf:focusfactory`;
  }

  /** The conference that a focus's or an AVMCU's URI means. */
  focusOf(uri: string): ConferenceFocus | undefined {
    return this.#foci.get(/;opaque=app:conf:(?:focus|audio-video):id:([0-9A-Za-z]{1,64})/.exec(uri)?.[1] ?? '');
  }

  /** A new conference of one of the pool's users, `user@domain`; undefined where there are too many. */
  create(organizer: string): ConferenceFocus | undefined {
    if (this.#foci.size >= MAX_CONFERENCES) return undefined;
    const id = this.#options.newId();
    const focus = new ConferenceFocus(organizer, id);
    this.#foci.set(id, focus);
    return focus;
  }

  /** C3P in a SERVICE to the factory, an INVITE or INFO to a focus; BYE leaves it. @param sender `user@domain` */
  handle(request: SipRequest, sender: string): ResponseSpec | undefined {
    const isFactory = request.uri.includes(';opaque=app:conf:focusfactory');
    const focus = this.focusOf(request.uri);
    if (request.method === 'ACK') return undefined;
    if (!isFactory && focus === undefined) return { statusCode: 404 };
    if (request.method === 'BYE' && focus !== undefined) {
      focus.left(sender);
      this.#options.onRoster(focus);
      return { statusCode: 200 };
    }
    if (parseMediaType(header(request, 'Content-Type') ?? '')?.essence !== C3P) return { statusCode: 415 };
    const parsed = parseXml(request.body);
    if (!parsed.ok) return { statusCode: 400 };
    const body =
      focus === undefined ? this.#atFactory(parsed.value, sender) : this.#atFocus(focus, parsed.value, sender);
    return { statusCode: 200, body };
  }

  #atFactory(request: XmlElement, sender: string): SipBody {
    if (descend(request, 'getConferencingCapabilities') !== undefined)
      return answer(request, { code: 'success' }, '<mcu-types><mcuType>audio-video</mcuType></mcu-types>');
    const focus = descend(request, 'addConference') && this.create(sender);
    if (focus === undefined) return answer(request, { code: 'failure', reasonCode: 'otherFailure' });
    const info = `<ci:conference-info xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="${escapeXml(focus.uri)}" version="1"/>`;
    return answer(request, { code: 'success' }, info);
  }

  #atFocus(focus: ConferenceFocus, request: XmlElement, sender: string): SipBody {
    const outcome = focus.apply(request, sender);
    if (outcome.dialOut !== undefined) this.#options.onDialOut?.(outcome.dialOut, focus.avUri);
    if (outcome.isDeleted) this.#foci.delete(focus.uri.split(':id:')[1] ?? '');
    if (outcome.code === 'success') this.#options.onRoster(focus);
    return answer(request, outcome);
  }
}

/** `<response>` to a `<request>`. @see [MS-CONFBAS] §2.2.3 */
function answer(request: XmlElement, { code, reasonCode }: FocusOutcome, inner = ''): SipBody {
  const operation = request.children[0]?.name.split(':').at(-1) ?? 'unknown';
  const { requestId = '', from = '', to = '' } = request.attributes;
  const reason = reasonCode === undefined ? '' : ` reasonCode="${reasonCode}"`;
  const element = /^[A-Za-z]{1,40}$/.test(operation) ? operation : 'unknown';
  const xml = `<response xmlns="urn:ietf:params:xml:ns:cccp" C3PVersion="1" requestId="${escapeXml(requestId)}" from="${escapeXml(to)}" to="${escapeXml(from)}" code="${code}"${reason}><${element}>${inner}</${element}></response>`;
  return { contentType: C3P, body: Buffer.from(xml) };
}
