import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_S16,
  Codec,
  CodecContext,
  FormatContext,
  Frame,
  Packet,
  Rational,
  type Stream,
} from 'node-av';

/**
 * For tests: FFmpeg's own WHIP muxer, whose HTTP, ICE, DTLS, SRTP and packetization are not ours, in a process of its own. Arguments: the endpoint, the grey level that it
 * shows (0..255), the frequency that it sounds. It says `published` when the bridge has answered, and ends when its standard input closes.
 */
const [endpoint = '', grey = '', tone = ''] = process.argv.slice(2);
const [width, height, frameRate, sampleRateHz] = [320, 180, 15, 48_000];
const TICK_SAMPLES = 960;

const format = new FormatContext();
check(format.allocOutputContext2(null, 'whip', endpoint), 'no WHIP muxer');
const camera = openEncoder('libx264', (encoder) => {
  Object.assign(encoder, { width, height, pixelFormat: AV_PIX_FMT_YUV420P, timeBase: new Rational(1, frameRate) });
  Object.assign(encoder, { bitRate: 400_000n, gopSize: frameRate, maxBFrames: 0 });
  for (const [name, value] of Object.entries({ preset: 'ultrafast', tune: 'zerolatency', profile: 'baseline' })) {
    encoder.setOption(name, value);
  }
});
const microphone = openEncoder('libopus', (encoder) => {
  Object.assign(encoder, { sampleRate: sampleRateHz, sampleFormat: AV_SAMPLE_FMT_S16, bitRate: 48_000n });
  Object.assign(encoder, { channelLayout: AV_CHANNEL_LAYOUT_STEREO, timeBase: new Rational(1, sampleRateHz) });
});
check(await format.openOutput(), 'the output does not open');
check(await format.writeHeader(), 'not published');
process.stdout.write('published\n');

let [pictures, ticks] = [0, 0];
const startedMs = performance.now();
const timer = setInterval(() => {
  const seconds = (performance.now() - startedMs) / 1000;
  for (; ticks < (seconds * sampleRateHz) / TICK_SAMPLES; ticks++) write(microphone, soundAt(ticks));
  for (; pictures < seconds * frameRate; pictures++) write(camera, pictureAt(pictures));
}, 10);
process.stdin.resume().on('end', () => {
  clearInterval(timer);
  // The muxer's end is the session's: it sends DELETE.
  format.writeTrailerSync();
  process.exit(0);
});

interface Track {
  readonly encoder: CodecContext;
  readonly stream: Stream;
}

function openEncoder(name: 'libx264' | 'libopus', prepare: (encoder: CodecContext) => void): Track {
  const codec = Codec.findEncoderByName(name as never);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  prepare(encoder);
  // Parameter sets apart from the pictures: the muxer says the profile in its offer.
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(encoder.open2Sync(codec), name);
  const stream = format.newStream(codec);
  check(stream.codecpar.fromContext(encoder), name);
  stream.timeBase = encoder.timeBase;
  return { encoder, stream };
}

function write({ encoder, stream }: Track, frame: Frame): void {
  check(encoder.sendFrameSync(frame), 'the encoder takes no frame');
  frame.free();
  const packet = new Packet();
  packet.alloc();
  while (encoder.receivePacketSync(packet) >= 0) {
    packet.streamIndex = stream.index;
    packet.rescaleTs(encoder.timeBase, stream.timeBase);
    check(format.writeFrameSync(packet), 'the muxer takes no packet');
    packet.unref();
  }
  packet.free();
}

function pictureAt(index: number): Frame {
  const frame = new Frame();
  frame.alloc();
  Object.assign(frame, { width, height, format: AV_PIX_FMT_YUV420P, pts: BigInt(index) });
  check(frame.getBuffer(), 'no memory');
  for (const [plane, data] of (frame.data ?? []).entries()) data?.fill(plane === 0 ? Number(grey) : 128);
  // Something that moves, so that an encoder has work.
  frame.data?.[0]?.fill(16 + (index % 200), 0, width * 8);
  return frame;
}

function soundAt(tick: number): Frame {
  const frame = new Frame();
  frame.alloc();
  Object.assign(frame, { nbSamples: TICK_SAMPLES, format: AV_SAMPLE_FMT_S16, pts: BigInt(tick * TICK_SAMPLES) });
  Object.assign(frame, { channelLayout: AV_CHANNEL_LAYOUT_STEREO, sampleRate: sampleRateHz });
  check(frame.getBuffer(), 'no memory');
  const [data] = frame.data ?? [];
  for (let n = 0; data && n < TICK_SAMPLES; n++) {
    const value = 6000 * Math.sin((2 * Math.PI * Number(tone) * (tick * TICK_SAMPLES + n)) / sampleRateHz);
    for (const channel of [0, 1]) data.writeInt16LE(Math.round(value), 4 * n + 2 * channel);
  }
  return frame;
}

function check(status: number, what: string): void {
  if (status < 0) throw new Error(`${what}: FFmpeg says ${status}`);
}
