import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { UserAgent } from '@plugfest/sip-node';
import wrtc from '@roamhq/wrtc';
import { NarrowPath } from './narrow-path-fixture.ts';
import { WhipPeer } from './whip/whip-peer-fixture.ts';

/**
 * For tests: libwebrtc in a process of its own (its crashes are not ours). Arguments: URL of the bridge, its WebSocket's for SIP or
 * its control API's for WHIP and WHEP, name, grey level that it shows (0..255, or `noise`), frequency that it sounds (or `voice`), and the only
 * codec of pictures that it offers by SIP (or `path`: all, and its packets go through a path of their own). Its output: a JSON line
 * `{ luma, tones, restarts, ice, outgoingBps, fecPackets }` twice a second: the middle of the picture that it is shown, the amplitude of some
 * tones in what it is played, what it believes that its path bears, and how many packets told it of sound before them. A number on its
 * standard input: it shares a screen of that grey, by a re-INVITE; `restart`: it restarts ICE by one, and `restarts` in its output counts those
 * that were answered; `bound` and a number: that path carries no more bits a second from then on; `lose` and a number: it loses that part of all
 * packets. It hangs up when that closes.
 */
const [url = '', name = '', grey = '', tone = '', offering] = process.argv.slice(2);
const codec = offering === 'path' ? undefined : offering;
const TONES_HZ = [400, 700, 1000];
const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard;

type Track = InstanceType<typeof wrtc.MediaStreamTrack>;
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}
interface Sound {
  readonly samples: Int16Array;
  readonly channelCount?: number;
}

const camera = new RTCVideoSource();
const microphone = new RTCAudioSource();
const peer = new wrtc.RTCPeerConnection();
const path = offering === 'path' ? await NarrowPath.open() : undefined;
const stream = new wrtc.MediaStream([microphone.createTrack(), camera.createTrack()]);
peer.ontrack = ({ track }: { track: Track }) => (track.kind === 'video' ? watch(track) : listen(track));

const call = url.startsWith('http:') ? await callByHttp() : await callBySip();
send();

process.stdin.on('data', (text) => {
  const [word = '', rate] = String(text).trim().split(' ');
  if (word === 'bound') path?.bound(Number(rate));
  else if (word === 'lose') path?.lose(Number(rate));
  else void (word === 'restart' ? restartIce() : share(Number(word)));
});
process.stdin.on('end', async () => {
  await call.hangUp();
  process.exit(0);
});

interface Call {
  restartIce(): Promise<void>;
  hangUp(): Promise<void>;
  /** Offers what changed. */
  offerAnew(): Promise<void>;
}

async function callBySip(): Promise<Call> {
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
  const agent = await UserAgent.open({
    clock: hostClock,
    random: seededRandom(Number.parseInt(tone, 36)),
    listen: [],
    aor: `sip:${name.toLowerCase()}@web.example`,
    displayName: name,
    userAgentHeader: 'wrtc',
  });
  const offer = async (options = {}): Promise<{ contentType: string; body: Buffer }> => {
    const { type, sdp = '' } = await peer.createOffer(options);
    await peer.setLocalDescription({
      type,
      sdp: codec === undefined ? sdp : withOnly(codec, sdp),
    });
    while (peer.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 10));
    return { contentType: 'application/sdp', body: Buffer.from(offered(peer.localDescription?.sdp ?? '')) };
  };
  const session = agent.invite(`sip:meeting@${url.replace('ws://', '')};transport=ws`, { body: (await offer()).body });
  const { ok, response } = await session.answered;
  if (!ok) throw new Error(`refused: ${response.statusCode}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: answered(response.body) });
  const again = async (options = {}): Promise<void> => {
    const answer = await session.reinvite(await offer(options));
    await peer.setRemoteDescription({ type: 'answer', sdp: answered(answer.body) });
  };
  return { restartIce: () => again({ iceRestart: true }), hangUp: () => session.bye(), offerAnew: () => again() };
}

function offered(sdp: string): string {
  return path ? path.offer(sdp) : sdp;
}

function answered(body: Uint8Array): string {
  const sdp = Buffer.from(body).toString();
  return path ? path.answer(sdp) : sdp;
}

/** Speaks by WHIP, and looks on by WHEP. */
async function callByHttp(): Promise<Call> {
  const publisher = new wrtc.RTCPeerConnection();
  for (const track of stream.getTracks()) publisher.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  for (const kind of ['audio', 'video'] as const) peer.addTransceiver(kind, { direction: 'recvonly' });
  const sessions = [new WhipPeer(publisher), new WhipPeer(peer)] as const;
  const query = new URLSearchParams({ user: `${name.toLowerCase()}@web.example`, name });
  await sessions[0].start(`${url}/whip/meeting?${query}`);
  await sessions[1].start(`${url}/whep/meeting?${query}`);
  const both = async (act: (session: WhipPeer) => Promise<void>): Promise<void> => {
    await Promise.all(sessions.map(act));
  };
  return {
    restartIce: () => both((session) => session.restartIce()),
    hangUp: () => both((session) => session.end()),
    offerAnew: () => Promise.reject(new Error('there are no later offers')),
  };
}

/** The description with one codec of pictures and its retransmission. */
function withOnly(codec: string, sdp: string): string {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  return [
    session,
    ...sections.map((section) => (section.startsWith('m=video') ? narrowed(codec, section) : section)),
  ].join('');
}

function narrowed(codec: string, section: string): string {
  const payloadType = new RegExp(`^a=rtpmap:(\\d+) ${codec}/`, 'm').exec(section)?.[1];
  const rtx = new RegExp(`^a=fmtp:(\\d+) apt=${payloadType}\\r`, 'm').exec(section)?.[1];
  const kept = [payloadType, rtx].filter((type) => type !== undefined);
  const isKept = (line: string): boolean => {
    const of = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    return of === undefined || kept.includes(of);
  };
  const lines = section.split('\r\n').filter(isKept);
  return [lines[0]?.replace(/( [\d ]+)$/, ` ${kept.join(' ')}`), ...lines.slice(1)].join('\r\n');
}

function send(): void {
  const [width, height] = [320, 180];
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  let frame = 0;
  setInterval(() => {
    if (grey === 'noise') for (let at = 0; at < width * height; at++) data[at] = Math.random() * 256;
    else data.fill(Number(grey), 0, width * height);
    // Something that moves, so that an encoder has work.
    data.fill(16 + (frame++ % 200), 0, width * 8);
    camera.onFrame({ width, height, data });
  }, 66);
  let spoken = 0;
  const startedMs = performance.now();
  setInterval(() => {
    for (; spoken < (performance.now() - startedMs) * 48; spoken += 480) {
      const at = spoken;
      const samples = Int16Array.from({ length: 480 }, (_, n) => sampleAt((at + n) / 48_000));
      microphone.onData({ samples, sampleRate: 48_000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480 });
    }
  }, 10);
}

/** A tone, or syllables of a pitch that glides: what encoders take for a voice. */
function sampleAt(time: number): number {
  if (tone !== 'voice') return 6000 * Math.sin(2 * Math.PI * Number(tone) * time);
  const phase = 2 * Math.PI * (150 * time + 8 * Math.sin(2 * Math.PI * 1.3 * time));
  const loudness = Math.max(0, Math.sin(2 * Math.PI * 4 * time)) ** 0.5;
  return 5000 * loudness * (Math.sin(phase) + 0.6 * Math.sin(2 * phase) + 0.4 * Math.sin(5 * phase));
}

let restarts = 0;

async function restartIce(): Promise<void> {
  await call.restartIce();
  sound = [];
  restarts++;
}

async function share(screenGrey: number): Promise<void> {
  const screen = new RTCVideoSource({ isScreencast: true });
  peer.addTrack(screen.createTrack(), new wrtc.MediaStream([]));
  await call.offerAnew();
  const [width, height] = [320, 240];
  const data = new Uint8Array((width * height * 3) / 2).fill(128).fill(screenGrey, 0, width * height);
  setInterval(() => screen.onFrame({ width, height, data }), 100);
}

let luma = -1;
let sound: number[] = [];

function watch(track: Track): void {
  new RTCVideoSink(track).onframe = ({ frame: { width, height, data } }: { frame: Picture }) => {
    luma = data[width * (height / 2) + width / 2] ?? -1;
  };
}

function listen(track: Track): void {
  new RTCAudioSink(track).ondata = ({ samples, channelCount = 1 }: Sound) => {
    for (let n = 0; n < samples.length; n += channelCount) sound.push(samples[n] ?? 0);
  };
}

interface Report {
  /** Of a candidate pair that is used. */
  readonly availableOutgoingBitrate?: number;
  /** Of sound that came: told of by packets after them. */
  readonly fecPacketsReceived?: number;
}

async function largest(value: keyof Report): Promise<number> {
  const reports = [...(await peer.getStats()).values()] as Report[];
  return Math.max(0, ...reports.map((report) => report[value] ?? 0));
}

setInterval(async () => {
  const heard = sound.splice(0);
  sound = [];
  const tones = Object.fromEntries(TONES_HZ.map((frequencyHz) => [frequencyHz, amplitude(heard, frequencyHz)]));
  const [outgoingBps, fecPackets] = [await largest('availableOutgoingBitrate'), await largest('fecPacketsReceived')];
  process.stdout.write(
    `${JSON.stringify({ luma, tones, restarts, ice: peer.iceConnectionState, outgoingBps, fecPackets })}\n`,
  );
}, 500);

function amplitude(samples: readonly number[], frequencyHz: number): number {
  let [re, im] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * frequencyHz * n) / 48_000);
    im += sample * Math.sin((2 * Math.PI * frequencyHz * n) / 48_000);
  }
  return samples.length === 0 ? 0 : Math.round((2 * Math.hypot(re, im)) / samples.length);
}
