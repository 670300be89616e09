import { describedFormats } from '@plugfest/sdp';
import type { CertifiedTrace, TracedMedia } from './certified-trace.ts';
import { type Decision, fail, notExercised, pass, type Requirement } from './requirement.ts';

type Row = readonly [
  id: string,
  level: 'must' | 'should',
  cites: string,
  text: string,
  decide: (media: TracedMedia) => Decision,
];

const RECORDING = 'captures/run.pcapng';
/** The clock is looked at once an encoder has started up. */
const START_UP_US = 1_500_000;
/** A first report is due within 3.1 s; many endpoints wait for the full interval and half of it. @see RFC 3550 §6.2, §6.3.1 */
const REPORT_DUE_US = 7_500_000;
/** Fewer packets say little of a stream. */
const LEAST_PACKETS = 20;
const SEQUENCE_MODULUS = 2 ** 16;
const TIMESTAMP_MODULUS = 2 ** 32;

/** Steps from each packet of a stream to the next, in the order of sending. */
function steps({ rtp }: TracedMedia): {
  readonly sequence: number;
  readonly timestamp: number;
  readonly elapsedUs: number;
  readonly isMarked: boolean;
}[] {
  return rtp.slice(1).flatMap(({ atUs, packet }, at) => {
    const before = rtp[at] as TracedMedia['rtp'][number];
    if (before.packet.ssrc !== packet.ssrc) return [];
    const timestamp = (packet.timestamp - before.packet.timestamp + TIMESTAMP_MODULUS) % TIMESTAMP_MODULUS;
    return [
      {
        sequence: (packet.sequenceNumber - before.packet.sequenceNumber + SEQUENCE_MODULUS) % SEQUENCE_MODULUS,
        timestamp: timestamp > TIMESTAMP_MODULUS / 2 ? timestamp - TIMESTAMP_MODULUS : timestamp,
        elapsedUs: atUs - before.atUs,
        isMarked: before.packet.marker,
      },
    ];
  });
}

/** Formats that repeat or repair what others carried, each under an SSRC of its own. @see RFC 4588 §4, RFC 5109, RFC 8627 */
const REPAIR: readonly string[] = ['rtx', 'ulpfec', 'flexfec-03', 'flexfec'];

/** What is no retransmission and no redundancy: payload types are those of whom it was sent to. */
function firstSent({ rtp, offered, answered }: TracedMedia): TracedMedia['rtp'] {
  const repair = describedFormats(answered ?? offered).filter(({ encodingName }) =>
    REPAIR.includes(encodingName.toLowerCase()),
  );
  return rtp.filter(({ packet }) => !repair.some(({ payloadType }) => payloadType === packet.payloadType));
}

function share<T>(things: readonly T[], what: string, least: number, isRight: (thing: T) => boolean): Decision {
  if (things.length < LEAST_PACKETS) return notExercised(`only ${things.length} ${what}`);
  const right = things.filter(isRight).length / things.length;
  const seen = `${(100 * right).toFixed(2)} % of ${things.length} ${what}; at least ${100 * least} %`;
  return right >= least ? pass(seen, RECORDING) : fail(seen, RECORDING);
}

/** The stream's clock against the machine's: what an endpoint says of its clock rate. */
function clockRate(media: TracedMedia): Decision {
  const begunUs = (media.rtp[0]?.atUs ?? 0) + START_UP_US;
  const rtp = media.rtp.filter(({ atUs }) => atUs >= begunUs);
  const [first, last] = [rtp[0], rtp.at(-1)];
  if (!first || !last || rtp.length < LEAST_PACKETS) return notExercised(`only ${rtp.length} packets`);
  const rates = new Map(
    describedFormats(media.offered).map(({ payloadType, clockRateHz }) => [payloadType, clockRateHz]),
  );
  const rateHz = rates.get(first.packet.payloadType);
  if (rateHz === undefined) return notExercised('its payload type has no clock rate');
  const ticks = (last.packet.timestamp - first.packet.timestamp + TIMESTAMP_MODULUS) % TIMESTAMP_MODULUS;
  const measuredHz = ticks / ((last.atUs - first.atUs) / 1e6);
  const seen = `${measuredHz.toFixed(0)} Hz, described as ${rateHz} Hz; within 2 %`;
  return Math.abs(measuredHz / rateHz - 1) <= 0.02 ? pass(seen, RECORDING) : fail(seen, RECORDING);
}

const RTCP_TYPE = { senderReport: 200, receiverReport: 201 } as const;

const ROWS: readonly Row[] = [
  [
    'rfc3550/5.1/ssrc',
    'must',
    'RFC 3550 §5.1, §8',
    'The stream keeps its SSRC.',
    (media) => {
      const rtp = firstSent(media);
      if (rtp.length < LEAST_PACKETS) return notExercised(`only ${rtp.length} packets`);
      const ssrcs = new Set(rtp.map(({ packet }) => packet.ssrc));
      return ssrcs.size === 1
        ? pass(`one in ${rtp.length} packets`, RECORDING)
        : fail(`${ssrcs.size} in ${rtp.length} packets`, RECORDING);
    },
  ],
  [
    'rfc3550/5.1/sequence',
    'must',
    'RFC 3550 §5.1',
    'The sequence number grows by one with each packet.',
    (media) => share(steps(media), 'steps', 0.99, ({ sequence }) => sequence === 1),
  ],
  [
    'rfc3550/5.1/timestamp-order',
    'must',
    'RFC 3550 §5.1',
    'The timestamp does not go back.',
    (media) => share(steps(media), 'steps', 1, ({ timestamp }) => timestamp >= 0),
  ],
  [
    'rfc3550/5.1/clock',
    'must',
    'RFC 3550 §5.1',
    'The timestamp runs with the clock rate that is described.',
    clockRate,
  ],
  [
    'rfc3551/3/payload-type',
    'must',
    'RFC 3264 §7',
    'Packets have payload types that were agreed.',
    ({ rtp, answered }) => {
      const agreed = new Set(answered?.formats ?? []);
      return share(rtp, 'packets', 1, ({ packet }) => agreed.has(String(packet.payloadType)));
    },
  ],
  [
    'rfc3550/5.1/not-empty',
    'should',
    'RFC 3550 §5.1',
    'Packets carry something.',
    ({ rtp }) => share(rtp, 'packets', 1, ({ packet }) => packet.payload.length > 0),
  ],
  [
    'rfc3550/5.1/size',
    'should',
    'RFC 8866 §6.1; Ethernet’s 1500 bytes',
    'Packets fit where they have to pass: 1472 bytes.',
    ({ rtp }) => share(rtp, 'packets', 1, ({ packet }) => packet.payload.length + 12 <= 1472),
  ],
  [
    'rfc3550/6/rtcp',
    'must',
    'RFC 3550 §6',
    'The stream comes with RTCP.',
    ({ rtp, rtcp }) => {
      if (rtp.length < LEAST_PACKETS) return notExercised(`only ${rtp.length} packets`);
      const seen = `${rtcp.length} RTCP packets beside ${rtp.length} of RTP`;
      return rtcp.length > 0 ? pass(seen, RECORDING) : fail(seen, RECORDING);
    },
  ],
  [
    'rfc3550/6.1/report-first',
    'must',
    'RFC 3550 §6.1, RFC 5506 §4.1',
    'A compound RTCP packet begins with a report; feedback may come alone.',
    ({ rtcp }) => {
      if (rtcp.length === 0) return notExercised('no RTCP');
      const isRight = (type: number): boolean =>
        type === RTCP_TYPE.senderReport || type === RTCP_TYPE.receiverReport || type === 205 || type === 206;
      const wrong = rtcp.filter(({ payload }) => !isRight(payload[1] ?? 0)).length;
      return wrong === 0
        ? pass(`so in all ${rtcp.length}`, RECORDING)
        : fail(`not so in ${wrong} of ${rtcp.length}`, RECORDING);
    },
  ],
  [
    'rfc3550/6.4.1/sender-report',
    'must',
    'RFC 3550 §6.4.1',
    'Who sends media sends sender reports: lips and voice are joined by them.',
    ({ rtp, rtcp }) => {
      if (rtp.length < LEAST_PACKETS || rtcp.length === 0)
        return notExercised(rtcp.length === 0 ? 'no RTCP' : 'few packets');
      const reports = rtcp.filter(({ payload }) => payload[1] === RTCP_TYPE.senderReport).length;
      const lastedUs = (rtp.at(-1)?.atUs ?? 0) - (rtp[0]?.atUs ?? 0);
      if (reports === 0 && lastedUs < REPORT_DUE_US)
        return notExercised(`it sent for ${(lastedUs / 1e6).toFixed(1)} s only`);
      return reports > 0
        ? pass(`${reports} sender reports`, RECORDING)
        : fail(`none in ${rtcp.length} RTCP packets`, RECORDING);
    },
  ],
  [
    'rfc3550/6.2/rtcp-share',
    'should',
    'RFC 3550 §6.2',
    'RTCP is a small part of the session: 5 % of its bandwidth.',
    (media) => {
      const { rtp, rtcp } = media;
      const [first, last] = [rtp[0], rtp.at(-1)];
      if (!first || !last || rtp.length < LEAST_PACKETS || rtcp.length === 0) return notExercised('little was sent');
      const bytes = (of: readonly number[]): number => of.reduce((sum, length) => sum + length + 28, 0);
      const reports = bytes(rtcp.map(({ payload }) => payload.length));
      const sent = bytes(rtp.map(({ packet }) => packet.payload.length + 12));
      const described = ((media.bandwidthBps ?? 0) / 8e6) * (last.atUs - first.atUs);
      const ratio = reports / Math.max(sent, described);
      const of = described > sent ? `of the ${media.bandwidthBps} bit/s described` : 'of what was sent';
      const seen = `${(100 * ratio).toFixed(1)} % ${of}`;
      if (ratio <= 0.05) return pass(seen, RECORDING);
      // The session's bandwidth is what was planned for it: a stream that needs little (a black picture, silence) may send less without owing fewer reports.
      return media.bandwidthBps === undefined
        ? notExercised(`${seen}; no description says what the session's bandwidth is`)
        : fail(seen, RECORDING);
    },
  ],
];

/** What holds of pictures alone. */
const VIDEO_ROWS: readonly Row[] = [
  [
    'rfc6184/5.1/marker',
    'must',
    'RFC 6184 §5.1, RFC 7741 §4.1',
    'The last packet of a picture has the marker, and no other.',
    (media) => share(steps(media), 'steps', 0.98, ({ timestamp, isMarked }) => timestamp > 0 === isMarked),
  ],
];
const AUDIO_ROWS: readonly Row[] = [
  [
    'rfc3551/4.2/packet-time',
    'should',
    'RFC 3551 §4.2',
    'Packets of sound come evenly: 10 to 60 ms apart by their timestamps.',
    (media) => {
      const rates = new Map(
        describedFormats(media.offered).map(({ payloadType, clockRateHz }) => [payloadType, clockRateHz]),
      );
      const rateHz = rates.get(media.rtp[0]?.packet.payloadType ?? -1) ?? Number.NaN;
      return share(
        steps(media),
        'steps',
        0.9,
        ({ timestamp }) => timestamp / rateHz >= 0.01 && timestamp / rateHz <= 0.06,
      );
    },
  ],
];

export const RTP_REQUIREMENTS: readonly Requirement[] = (['audio', 'video'] as const).flatMap((kind) =>
  [...ROWS, ...(kind === 'video' ? VIDEO_ROWS : AUDIO_ROWS)].map(
    ([id, level, cites, text, decide]): Requirement => ({
      id: `${id}/${kind}`,
      level,
      cites,
      text: `${kind === 'audio' ? 'Sound' : 'Pictures'}: ${text}`,
      trial: 'clean',
      decide: ({ media }: CertifiedTrace) => {
        const line = media.find((one) => one.kind === kind);
        return line ? decide(line) : notExercised(`no ${kind} was described`);
      },
    }),
  ),
);
