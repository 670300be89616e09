import type { Plan, RunEvent, StreamExaminationRow, StreamMeasurement } from '@plugfest/model';
import {
  demultiplex,
  examineEvents,
  examineH264,
  examineTimeline,
  type PacketizationMode,
  parseRtp,
  type StreamExamination,
  type TimedRtp,
} from '@plugfest/rtp';
import type { DescribedFormat } from '@plugfest/sdp';
import { type RecordedDatagram, recordedDatagrams, recordingOffsetUs } from '@plugfest/wire';
import { CallDescriptions, type DescribedLine } from './described-lines.ts';

/** Of what is found wrong again and again. */
const KEPT_FAULTS = 5;
/** A flood of SSRCs must not cost hours. */
const MAX_STREAMS = 64;

interface Stream {
  readonly direction: StreamMeasurement['direction'];
  readonly ssrc: number;
  /** Ports at the outer end. */
  readonly port: number;
  readonly packets: TimedRtp[];
}

/** Examines every stream of RTP of a run's recording by what the descriptions of its call said. Reads nothing but what it is given. */
export function measureStreams(
  { participants }: Pick<Plan, 'participants'>,
  events: readonly RunEvent[],
  recording: Buffer,
): StreamMeasurement[] {
  const offsetUs = recordingOffsetUs(recording);
  if (offsetUs === undefined) return [];
  return participants.flatMap(({ id }) => {
    const calls = new CallDescriptions(events, id);
    const streams = streamsOf(recordedDatagrams(recording, id), calls, offsetUs);
    return streams.map((stream) => examine(id, stream, calls));
  });
}

function streamsOf(datagrams: readonly RecordedDatagram[], calls: CallDescriptions, offsetUs: number): Stream[] {
  const streams = new Map<string, Stream>();
  for (const { source, destination, payload, atUs, number } of datagrams) {
    if (demultiplex(payload) !== 'rtp') continue;
    const packet = parseRtp(payload);
    if (!packet.ok) continue;
    const isReceived = calls.linesAt(destination.port).length > 0;
    const [direction, port] = isReceived ? (['received', destination.port] as const) : (['sent', source.port] as const);
    const key = `${direction} ${port} ${packet.value.ssrc}`;
    const stream = streams.get(key) ?? { direction, ssrc: packet.value.ssrc, port, packets: [] };
    if (!streams.has(key) && streams.size === MAX_STREAMS) continue;
    streams.set(key, stream);
    stream.packets.push({ packet: packet.value, atUs: atUs - offsetUs, number });
  }
  return [...streams.values()];
}

function examine(participant: string, stream: Stream, calls: CallDescriptions): StreamMeasurement {
  const { direction, ssrc, port, packets } = stream;
  const by = direction === 'sent' ? 'peer' : 'own';
  const shared = calls.linesAt(port);
  // A bundle's m-lines share a port: the payload type tells them apart.
  const line = shared.find(({ index }) =>
    packets.some(({ packet }) => formatOf(calls.everOf(by, index), packet.payloadType)),
  );
  const lines = line ? calls.everOf(by, line.index) : [];
  const of = (name: string): TimedRtp[] =>
    packets.filter(({ packet }) => formatOf(lines, packet.payloadType)?.encodingName.toLowerCase() === name);
  const isOpen = lines.some(({ protocol }) => /^RTP\/AVPF?$/i.test(protocol));
  const [events, h264] = isOpen ? [of('telephone-event'), of('h264')] : [[], []];
  const eventClockHz = formatOf(lines, events[0]?.packet.payloadType)?.clockRateHz;
  return {
    participant,
    direction,
    medium: line?.kind ?? 'unknown',
    ssrc,
    packets: packets.length,
    ...timelineOf(packets, lines),
    ...(h264.length > 0 ? { h264: rowOf(examineH264(h264, (at) => modeOf(calls, by, line, at))) } : {}),
    ...(eventClockHz === undefined ? {} : { events: rowOf(examineEvents(events, eventClockHz)) }),
  };
}

/** Telephone-events keep one timestamp for as long as a key is pressed: they are left out. */
function timelineOf(
  packets: readonly TimedRtp[],
  lines: readonly DescribedLine[],
): Pick<StreamMeasurement, 'timeline'> {
  const formats = packets.map(({ packet }) => formatOf(lines, packet.payloadType));
  const media = packets.filter((_, i) => formats[i] && !/^telephone-event$/i.test(formats[i].encodingName));
  const rates = new Set(media.map(({ packet }) => formatOf(lines, packet.payloadType)?.clockRateHz));
  const [rateHz] = rates;
  return rates.size === 1 && rateHz !== undefined ? { timeline: rowOf(examineTimeline(media, rateHz)) } : {};
}

/** What the receiver said of the payload type when the packet came. @see RFC 6184 §8.1 (absent is 0) */
function modeOf(
  calls: CallDescriptions,
  by: 'own' | 'peer',
  line: DescribedLine | undefined,
  { packet, atUs }: TimedRtp,
): PacketizationMode | undefined {
  const held = line && calls.lineAt(by, line.index, atUs);
  const format = held && formatOf([held], packet.payloadType);
  if (!format) return undefined;
  const mode = Number(format.fmtp['packetization-mode'] ?? 0);
  return mode === 0 || mode === 1 || mode === 2 ? mode : undefined;
}

function formatOf(lines: readonly DescribedLine[], payloadType: number | undefined): DescribedFormat | undefined {
  for (const { formats } of lines) {
    const found = formats.find((format) => format.payloadType === payloadType);
    if (found) return found;
  }
  return undefined;
}

function rowOf({ judged, faults }: StreamExamination): StreamExaminationRow {
  const first = faults.slice(0, KEPT_FAULTS).map(({ at, text }) => ({ atUs: at.atUs, packet: at.number, text }));
  return { judged, faults: faults.length, first };
}
