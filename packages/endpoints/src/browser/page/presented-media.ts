import { encodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';

const SAMPLE_RATE_HZ = 48_000;

type Send = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Sends each decoded picture or piece of sound of a received track, with the time at which the page got it. Ends with the track. */
export async function capture(track: MediaStreamTrack, send: Send): Promise<void> {
  if (track.kind === 'video') await eachOf<VideoFrame>(track, (frame) => sendPicture(frame, send));
  else await eachOf<AudioData>(track, async (sound) => sendSound(sound, send));
}

async function eachOf<T extends { close(): void }>(
  track: MediaStreamTrack,
  take: (item: T) => Promise<void>,
): Promise<void> {
  const reader = new MediaStreamTrackProcessor<T>({ track, maxBufferSize: 30 }).readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await take(value);
    value.close();
  }
}

async function sendPicture(frame: VideoFrame, send: Send): Promise<void> {
  const timeUs = performance.now() * 1000;
  const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  const [w, h] = [width & ~1, height & ~1];
  const data =
    frame.format === 'NV12' ? deinterleaved(await copyOf(frame, w, h, 2), w * h) : await copyOf(frame, w, h, 3);
  send(encodeMediaFrame({ kind: MEDIA_KIND.video, width: w, height: h, timeUs, data }));
}

/** The planes one after another, without padding: Y, then U and V, apart or together. */
async function copyOf(frame: VideoFrame, width: number, height: number, planes: 2 | 3): Promise<Uint8Array> {
  const data = new Uint8Array((width * height * 3) / 2);
  const luma = { offset: 0, stride: width };
  const chroma =
    planes === 2
      ? [{ offset: width * height, stride: width }]
      : [
          { offset: width * height, stride: width / 2 },
          { offset: (width * height * 5) / 4, stride: width / 2 },
        ];
  await frame.copyTo(data, { rect: { x: 0, y: 0, width, height }, layout: [luma, ...chroma] });
  return data;
}

/** Hardware-like decoders give U and V interleaved (NV12): I420 has them apart. */
function deinterleaved(nv12: Uint8Array, lumaBytes: number): Uint8Array {
  const data = nv12.slice();
  const quarter = lumaBytes / 4;
  for (let i = 0; i < quarter; i++) {
    data[lumaBytes + i] = nv12[lumaBytes + 2 * i] ?? 0;
    data[lumaBytes + quarter + i] = nv12[lumaBytes + 2 * i + 1] ?? 0;
  }
  return data;
}

/** libwebrtc decodes to 48 kHz whatever the codec is; anything else would be captured at a wrong pitch. @throws RangeError */
function sendSound(sound: AudioData, send: Send): void {
  if (sound.sampleRate !== SAMPLE_RATE_HZ) throw new RangeError(`sound of ${sound.sampleRate} Hz`);
  const durationUs = (1e6 * sound.numberOfFrames) / sound.sampleRate;
  const timeUs = performance.now() * 1000 - durationUs;
  const plane = new Float32Array(sound.numberOfFrames);
  sound.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
  const samples = Int16Array.from(plane, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32767))));
  send(encodeMediaFrame({ kind: MEDIA_KIND.audio, width: 0, height: 0, timeUs, data: new Uint8Array(samples.buffer) }));
}
