import type { RunEvent } from '@plugfest/model';

/** One m-line in one direction, as the wire counted it. */
export interface WireCount {
  readonly received: number;
  readonly lost: number;
}

/** What an endpoint's statistics say of one medium that it receives. @see W3C webrtc-stats RTCInboundRtpStreamStats */
export interface ReceivedStatistics {
  readonly mLine: number;
  readonly kind: string;
  readonly packets: number;
  readonly lost: number;
  readonly framesDecoded: number | undefined;
  readonly framesDropped: number;
}

/** What the far end reports of one stream, by RTCP. @see W3C webrtc-stats RTCRemoteInboundRtpStreamStats */
export interface FarReport {
  readonly kind: string;
  readonly lost: number;
  /** How old the report is when it is read, as a share of the call: what was lost since is not in it. */
  readonly ageShare: number;
}

/** Everybody who says something of one participant's media, beside the capture. */
export interface Witnesses {
  readonly statistics: readonly ReceivedStatistics[];
  readonly farReports: readonly FarReport[];
  readonly wire: { readonly sent: readonly WireCount[]; readonly received: readonly WireCount[] } | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** Reads the last `webrtc.stats` and `wire.stats` of each participant; what is malformed is passed over. */
export function witnessesOf(events: readonly RunEvent[]): Record<string, Witnesses> {
  const witnesses: Record<string, Witnesses> = {};
  const joinedUs = new Map<string, number>();
  for (const { type, participant, atUs, data } of events) {
    if (participant === undefined) continue;
    const before = witnesses[participant] ?? { statistics: [], farReports: [], wire: undefined };
    if (type === 'participant.joined') joinedUs.set(participant, atUs);
    else if (type === 'wire.stats') {
      witnesses[participant] = { ...before, wire: { sent: countsOf(data.sent), received: countsOf(data.received) } };
    } else if (type === 'webrtc.stats') {
      const rows = Array.isArray(data.reports) ? data.reports.filter(isRow) : [];
      const callMs = (atUs - (joinedUs.get(participant) ?? atUs)) / 1000;
      const statistics = rows.filter((row) => row.type === 'inbound-rtp').map(receivedOf);
      witnesses[participant] = { ...before, statistics, farReports: farReportsOf(rows, callMs) };
    }
  }
  return witnesses;
}

function receivedOf(row: Row): ReceivedStatistics {
  return {
    mLine: Number(row.mid ?? -1),
    kind: String(row.kind),
    packets: numberOf(row.packetsReceived) ?? 0,
    lost: numberOf(row.packetsLost) ?? 0,
    framesDecoded: numberOf(row.framesDecoded),
    framesDropped: numberOf(row.framesDropped) ?? 0,
  };
}

function farReportsOf(rows: readonly Row[], callMs: number): FarReport[] {
  const nowMs = rows.reduce((last, { timestamp }) => Math.max(last, numberOf(timestamp) ?? 0), 0);
  return rows
    .filter(({ type, packetsLost }) => type === 'remote-inbound-rtp' && numberOf(packetsLost) !== undefined)
    .map((row) => {
      const ageMs = nowMs - (numberOf(row.timestamp) ?? nowMs);
      const ageShare = callMs > 0 ? Math.min(1, ageMs / callMs) : 1;
      return { kind: String(row.kind), lost: numberOf(row.packetsLost) ?? 0, ageShare };
    });
}

function countsOf(direction: unknown): WireCount[] {
  const lines = (direction as { mLines?: unknown } | undefined)?.mLines;
  if (!Array.isArray(lines)) return [];
  const counts: WireCount[] = [];
  for (const line of lines.filter(isRow)) {
    const received = numberOf(line.rtpPackets) ?? 0;
    const lossRatio = numberOf(line.lossRatio) ?? 0;
    const lost = lossRatio < 1 ? Math.round((received * lossRatio) / (1 - lossRatio)) : 0;
    counts[numberOf(line.mLine) ?? counts.length] = { received, lost };
  }
  return counts;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
