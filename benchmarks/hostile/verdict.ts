import type { Told } from './attacks.ts';
import type { BridgeSample } from './bridge-watch.ts';
import type { Seen } from './web-rtc-witness.ts';
import type { Watched } from './witness.ts';

/** All that was seen of one run. */
export interface HostileFacts {
  readonly before: Watched;
  readonly during: Watched;
  readonly after: Watched;
  readonly held: BridgeSample;
  readonly left: BridgeSample;
  readonly peakRssBytes: number;
  readonly told: Readonly<Record<string, Told>>;
  readonly newcomer: { readonly statusCode: number; readonly answeredMs: number; readonly firstMediaMs: number };
  readonly faults: readonly string[];
  readonly controlMs: number;
  readonly web: { readonly before: Seen; readonly now: Seen } | undefined;
  /** Longest that this process itself was held up: gaps are not known better than that. */
  readonly ownDelayMs: number;
}

export interface Row {
  readonly what: string;
  readonly value: string;
  readonly holds: boolean;
}

const ANSWER_MS = 1000;
/** What a jitter buffer bridges. */
const SOUND_GAP_MS = 200;
const PICTURE_GAP_MS = 500;
const RISE_BYTES = 150 << 20;
const MIB = 1 << 20;

/** What has to hold, with what was seen. */
export function rowsOf(facts: HostileFacts): Row[] {
  return [...mediaRows(facts), ...signallingRows(facts), ...memoryRows(facts), ...counterRows(facts)];
}

function mediaRows({ before, during, after, web, ownDelayMs, newcomer }: HostileFacts): Row[] {
  const streams = (['audio', 'video'] as const).flatMap((kind) => {
    const limitMs = kind === 'audio' ? SOUND_GAP_MS : PICTURE_GAP_MS;
    return during[kind].map((stream, n): Row => {
      const base = before[kind][n];
      return {
        what: `${kind} of ${n === 0 ? 'Anna' : 'Ben'}: none lost, no gap of ${limitMs} ms`,
        value: `${stream.packets} packets, ${stream.lost} lost, longest gap ${stream.maxGapMs} ms (before ${base?.maxGapMs} ms, our own delay ${Math.round(ownDelayMs)} ms)`,
        holds: stream.packets > 0 && stream.lost === 0 && stream.maxGapMs < limitMs,
      };
    });
  });
  const webRow: Row = {
    what: 'libwebrtc still hears Anna after foreign DTLS and RTP',
    value: web ? `400 Hz: ${web.before.tones[400]} before, ${web.now.tones[400]} now` : 'not run',
    holds: !web || (web.now.tones[400] ?? 0) > (web.before.tones[400] ?? 0) / 2,
  };
  return [
    {
      what: 'both calls are up throughout',
      value: String(during.isUp && after.isUp),
      holds: during.isUp && after.isUp,
    },
    ...streams,
    webRow,
    {
      what: `a new call in the midst: 200 within ${ANSWER_MS} ms, a picture`,
      value: `${newcomer.statusCode} after ${Math.round(newcomer.answeredMs)} ms, picture after ${Math.round(newcomer.firstMediaMs)} ms`,
      holds: newcomer.statusCode === 200 && newcomer.answeredMs < ANSWER_MS && newcomer.firstMediaMs < 3 * ANSWER_MS,
    },
  ];
}

function signallingRows({ before, during, faults, controlMs }: HostileFacts): Row[] {
  const rows = Object.entries(during.answersMs).map(([transport, tookMs]): Row => {
    const sorted = tookMs.toSorted((a, b) => a - b);
    const longest = (of: readonly number[] | undefined): number => Math.round(Math.max(...(of ?? [0])));
    return {
      what: `OPTIONS over ${transport === 'tcp' ? 'new TCP connections' : 'UDP'}: each within ${ANSWER_MS} ms`,
      value: `${tookMs.length} asked, median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, longest ${longest(tookMs)} ms (before ${longest(before.answersMs[transport])} ms)`,
      holds: tookMs.length > 0 && longest(tookMs) < ANSWER_MS,
    };
  });
  const control = {
    what: 'control API answers',
    value: `longest ${Math.round(controlMs)} ms`,
    holds: controlMs < 2 * ANSWER_MS,
  };
  return [...rows, control, { what: 'no fault of the bridge', value: faults[0] ?? 'none', holds: faults.length === 0 }];
}

function memoryRows({ held, left, peakRssBytes }: HostileFacts): Row[] {
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  return [
    {
      what: `memory of the bridge rises by less than ${mib(RISE_BYTES)}`,
      value: `before ${mib(held.rssBytes)}, peak ${mib(peakRssBytes)}, after ${mib(left.rssBytes)}`,
      holds: peakRssBytes - held.rssBytes < RISE_BYTES,
    },
    {
      what: 'connections of idle sockets are gone',
      value: `before ${held.signalling.connections}, after ${left.signalling.connections}`,
      holds: left.signalling.connections <= held.signalling.connections + 20,
    },
  ];
}

/** Each attack has to have been noticed: an attack that was not counted was perhaps none. */
function counterRows({ held, left, told }: HostileFacts): Row[] {
  const rise = (name: string): number => (left.defences[name] ?? 0) - (held.defences[name] ?? 0);
  const refused = (of: BridgeSample): number => of.participants.reduce((sum, each) => sum + each.refusedPackets, 0);
  const row = (what: string, count: number, atLeast: number): Row => ({
    what,
    value: `${count} (at least ${atLeast})`,
    holds: count >= atLeast && atLeast > 0,
  });
  const sent = (attack: string, name: string): number => told[attack]?.[name] ?? 0;
  return [
    row('INVITEs of the flood not taken', floodRefused(rise), Math.floor(0.9 * sent('invite-flood', 'sent'))),
    row('idle sockets cut', rise('silentConnectionsCut') + rise('connectionsDisplaced'), 1000),
    row('handshakes failed', rise('handshakesFailed'), Math.floor(0.9 * sent('tls-garbage', 'connections'))),
    row('foreign packets refused', refused(left) - refused(held), Math.floor(0.9 * sent('media-injection', 'sent'))),
    row('connections reset', sent('reset-storm', 'resets'), 1500),
  ];
}

function floodRefused(rise: (name: string) => number): number {
  return rise('datagramsOverRate') + rise('requestsRefused') + rise('requestsDropped');
}
