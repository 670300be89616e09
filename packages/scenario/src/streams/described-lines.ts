import { type RunEvent, sipMessageSchema } from '@plugfest/model';
import { type DescribedFormat, describedFormats, parseSdp } from '@plugfest/sdp';
import { bodyParts, parseMessage } from '@plugfest/sip';

/** One m-line as a description that crossed the wire gave it. */
export interface DescribedLine {
  readonly index: number;
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly DescribedFormat[];
}

export interface DescribedAt {
  readonly atUs: number;
  /** `own`: of the participant; `peer`: of whom it talks to. */
  readonly by: 'own' | 'peer';
  readonly lines: readonly DescribedLine[];
}

/** After a new description packets of the one before may still be on their way. */
const CHANGEOVER_US = 500_000;

/** All descriptions of a participant's calls, in the order in which they crossed the wire. */
export class CallDescriptions {
  readonly #all: readonly DescribedAt[];

  constructor(events: readonly RunEvent[], participant: string) {
    this.#all = events.flatMap((event) => descriptionsIn(event, participant));
  }

  /** The m-line, as the participant described it, whose packets have this port at their outer end; the lines that share it where there are several. */
  linesAt(port: number): DescribedLine[] {
    const own = this.#all.filter(({ by }) => by === 'own').flatMap(({ lines }) => lines);
    const found = own.filter((line) => line.port === port && port !== 0);
    return [...new Map(found.map((line) => [line.index, line])).values()];
  }

  /** Every description that ever held for an m-line, of one side. */
  everOf(by: DescribedAt['by'], index: number): DescribedLine[] {
    return this.#all
      .filter((one) => one.by === by)
      .flatMap(({ lines }) => lines.filter((line) => line.index === index));
  }

  /** What holds for an m-line at a time; undefined before there is a description and while a new one comes into force. */
  lineAt(by: DescribedAt['by'], index: number, atUs: number): DescribedLine | undefined {
    const isChanging = this.#all.some((one) => one.atUs <= atUs && atUs < one.atUs + CHANGEOVER_US);
    if (isChanging) return undefined;
    const last = this.#all.findLast((one) => one.by === by && one.atUs <= atUs);
    return last?.lines.find((line) => line.index === index);
  }
}

function descriptionsIn({ type, data, atUs }: RunEvent, participant: string): DescribedAt[] {
  const event = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
  if (!event?.success) return [];
  const { from, to, message } = event.data;
  if (from !== participant && to !== participant) return [];
  const parsed = parseMessage(Buffer.from(message, 'latin1'));
  if (!parsed.ok) return [];
  const part = bodyParts(parsed.value).find(({ contentType }) => /^application\/sdp/i.test(contentType));
  const sdp = part && parseSdp(Buffer.from(part.body).toString('latin1'));
  if (!sdp?.ok) return [];
  const lines = sdp.value.media.map((media, index) => ({
    index,
    kind: media.kind,
    port: media.port,
    protocol: media.protocol,
    formats: describedFormats(media),
  }));
  return [{ atUs, by: from === participant ? 'own' : 'peer', lines }];
}
