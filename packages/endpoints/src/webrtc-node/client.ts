import { createInterface } from 'node:readline';
import { hostClock } from '@plugfest/host';
import { CaptureWriter, LiveSource, ParticipantSource } from '@plugfest/media';
import wrtc from '@roamhq/wrtc';
import JsSIP from 'jssip';
import type { ClientConfig, ClientEvent } from '../webrtc/client-protocol.ts';
import { type JsSip, startCall } from '../webrtc/jssip-call.ts';

/**
 * libwebrtc in a process of its own, for a crash in native code must not take the run along. Its configuration is its argument; it says what happens in JSON lines and hangs up when
 * its standard input says `hang-up` or closes.
 */

// JsSIP expects a browser: these are the globals that it calls.
Object.assign(globalThis, {
  window: globalThis,
  RTCPeerConnection: wrtc.RTCPeerConnection,
  RTCSessionDescription: wrtc.RTCSessionDescription,
  MediaStream: wrtc.MediaStream,
});

/** What wrtc gives to the sinks. */
type Track = Parameters<typeof watch>[0];

const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard;
const config = JSON.parse(process.argv[2] ?? '') as ClientConfig;
/** wrtc takes sound in tens of milliseconds. */
const SAMPLES_10_MS = 480;
const CAPTURE_AUDIO = { sampleRateHz: 48_000, channels: 1 } as const;

const say = (event: ClientEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
process.on('uncaughtException', (fault) => {
  say({ type: 'fault', message: fault.message });
  process.exit(1);
});

const source = await ParticipantSource.prepare({ participant: config.plan, cacheDir: config.cacheDir });
const videoSource = new RTCVideoSource({ isScreencast: false });
const audioSource = new RTCAudioSource();
const mediaStream = new wrtc.MediaStream([audioSource.createTrack(), videoSource.createTrack()]);
const sinks: { stop(): void }[] = [];
let capture: CaptureWriter | undefined;
let live: LiveSource | undefined;
let heard = false;
let ready = false;
let ending = false;

const call = startCall({
  jssip: JsSIP as unknown as JsSip,
  webSocketUrl: config.webSocketUrl,
  uri: config.uri,
  displayName: config.displayName,
  conferenceUri: config.conferenceUri,
  mediaStream,
  onTrack: (track: Track) => sinks.push(track.kind === 'video' ? watch(track) : listen(track)),
  onJoined: (codecs) => {
    live = LiveSource.start({
      source,
      clock: hostClock,
      sabotage: config.sabotage,
      onVideo: sendVideo,
      onAudio: sendAudio,
    });
    say({ type: 'joined', ...codecs });
    say({ type: 'source.started', startedUs: live.startedUs });
  },
  onRefused: (refusal) => {
    say({ type: 'refused', ...refusal });
    void end();
  },
  onEnded: () => void end(),
});

const commands = createInterface({ input: process.stdin });
commands.on('line', () => void hangUp());
commands.on('close', () => void hangUp());

async function hangUp(): Promise<void> {
  if (ending) return;
  say({ type: 'stats', stats: (await call.statistics()).filter(({ type }) => String(type).endsWith('bound-rtp')) });
  call.hangUp();
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  live?.stop();
  for (const sink of sinks) sink.stop();
  await capture?.close();
  say({ type: 'left' });
  // libwebrtc's threads do not end by themselves.
  process.stdout.write('', () => process.exit(0));
}

function sendVideo({ width, height, data }: { width: number; height: number; data: Uint8Array }): void {
  // A copy with a buffer of its own: wrtc measures the whole buffer.
  videoSource.onFrame({ width, height, data: Uint8Array.from(data) });
}

function sendAudio({ samples }: { samples: Int16Array }): void {
  for (let at = 0; at + SAMPLES_10_MS <= samples.length; at += SAMPLES_10_MS) {
    // A copy with a buffer of its own: wrtc takes the whole buffer.
    const piece = samples.slice(at, at + SAMPLES_10_MS);
    audioSource.onData({
      samples: piece,
      sampleRate: 48_000,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames: SAMPLES_10_MS,
    });
  }
}

function watch(track: InstanceType<typeof wrtc.MediaStreamTrack>): { stop(): void } {
  const sink = new RTCVideoSink(track);
  sink.onframe = ({ frame }: { frame: { width: number; height: number; data: Uint8ClampedArray } }) => {
    const ptsUs = hostClock.nowUs();
    capture ??= CaptureWriter.open(config.captureFile, {
      video: { width: frame.width, height: frame.height },
      audio: CAPTURE_AUDIO,
    });
    capture.writeVideo({ width: frame.width, height: frame.height, data: Uint8Array.from(frame.data), ptsUs });
    markReady();
  };
  return sink;
}

function listen(track: Track): { stop(): void } {
  const sink = new RTCAudioSink(track);
  sink.ondata = ({
    samples,
    sampleRate,
    channelCount,
  }: {
    samples: Int16Array;
    sampleRate: number;
    channelCount: number;
  }) => {
    if (sampleRate !== CAPTURE_AUDIO.sampleRateHz) return;
    heard = true;
    capture?.writeAudio({ samples: mono(samples, channelCount), ...CAPTURE_AUDIO, ptsUs: hostClock.nowUs() - 10_000 });
    markReady();
  };
  return sink;
}

/** The first channel. */
function mono(samples: Int16Array, channels: number): Int16Array {
  return Int16Array.from({ length: samples.length / channels }, (_, i) => samples[i * channels] ?? 0);
}

function markReady(): void {
  if (ready || !heard || !capture) return;
  ready = true;
  say({ type: 'media-ready' });
}
