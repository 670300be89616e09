import type { Bridge } from '../bridge.ts';
import type { Participant } from '../conference/participant.ts';
import type { AudioLeg } from '../leg/audio-leg.ts';
import type { VideoLeg } from '../leg/video-leg.ts';
import type { Stage } from '../stage-times.ts';

/** What the bridge did so far and what it costs. Times in milliseconds since its start, rates in bits a second. */
export function statisticsOf(bridge: Bridge): Record<string, unknown> {
  const { user, system } = process.cpuUsage();
  const conferences = [...bridge.conferences.values()];
  return {
    cpuMs: (user + system) / 1000,
    uptimeMs: Math.round(process.uptime() * 1000),
    rssBytes: process.memoryUsage.rss(),
    signalling: bridge.signalling,
    defences: bridge.defences,
    stagesMs: sumOf(conferences.map(({ stages }) => stages.ms)),
    participants: conferences.flatMap(({ id, participants }) =>
      [...participants.values()].map((participant) => ({
        id: participant.id,
        conference: id,
        ...statisticsOfParticipant(participant, bridge.nowUs),
      })),
    ),
  };
}

function sumOf(rows: readonly Record<Stage, number>[]): Partial<Record<Stage, number>> {
  const sum: Partial<Record<Stage, number>> = {};
  for (const row of rows) {
    for (const [stage, ms] of Object.entries(row) as [Stage, number][]) sum[stage] = (sum[stage] ?? 0) + ms;
  }
  return sum;
}

/** One participant: what came, what was sent, what was wrong with it. */
export function statisticsOfParticipant(participant: Participant, nowUs: number): Record<string, unknown> {
  const { audio, video, slides, codecs, security, refusedPackets } = participant;
  return {
    codecs,
    security,
    refusedPackets,
    audio: audio
      ? { ...streamsOf(audio, nowUs), playoutDelayMs: audio.playoutDelayMs, restored: audio.restored }
      : null,
    video: video
      ? {
          ...streamsOf(video, nowUs),
          ...video.counters,
          keyFramesAskedOfPeer: video.keyFrameRequests,
          restored: video.session.restored,
          targetBps: boundedBps(video.targetBps),
        }
      : null,
    slides: slides
      ? { ...streamsOf(slides, nowUs), ...slides.counters, keyFramesAskedOfPeer: slides.keyFrameRequests }
      : null,
  };
}

function streamsOf({ session, media, decodeFaults }: AudioLeg | VideoLeg, nowUs: number): Record<string, unknown> {
  const { sender, receiver, sentRate, receivedRate, remote } = session;
  return {
    codec: media.codec.encodingName,
    profile: media.profile,
    direction: media.direction,
    decodeFaults,
    sent: {
      ssrc: sender.ssrc,
      packets: sender.packetCount,
      octets: sender.octetCount,
      bitrateBps: sentRate.bitrateBps(nowUs),
      reportedByPeer: remote ?? null,
    },
    received: receiver
      ? { ssrc: receiver.ssrc, ...receiver.counters, bitrateBps: receivedRate.bitrateBps(nowUs) }
      : null,
  };
}

/** Null where neither the description nor the path sets a bound. */
function boundedBps(targetBps: number): number | null {
  return Number.isFinite(targetBps) ? Math.round(targetBps) : null;
}
