import { encodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';
import type { Send } from './devices.ts';
import { i420Of } from './picture-bytes.ts';

const SAMPLE_RATE_HZ = 48_000;

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
  const { width, height, data } = await i420Of(frame);
  send(encodeMediaFrame({ kind: MEDIA_KIND.video, width, height, timeUs, data }));
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
