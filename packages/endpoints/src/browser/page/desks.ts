import { decodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';
import { CanvasCamera } from './canvas-camera.ts';
import type { Desk, Send } from './devices.ts';
import { FakeDevices } from './fake-devices.ts';
import { capture } from './presented-media.ts';
import { ScreenCapture } from './screen-capture.ts';
import { SoundGraph } from './sound-graph.ts';

/** The desk that this browser can have: with Chromium's breakout box, or by canvas, screen and Web Audio. */
export function openDesk(screen: HTMLVideoElement, send: Send): Promise<Desk> {
  return 'MediaStreamTrackGenerator' in globalThis ? openBreakoutDesk(screen, send) : openCanvasDesk(screen, send);
}

async function openBreakoutDesk(screen: HTMLVideoElement, send: Send): Promise<Desk> {
  const loudspeaker = new Audio();
  loudspeaker.autoplay = true;
  return {
    devices: new FakeDevices(),
    take(track) {
      // Chromium decodes a remote track only where an element plays it.
      (track.kind === 'video' ? screen : loudspeaker).srcObject = new MediaStream([track]);
      void capture(track, send);
    },
  };
}

async function openCanvasDesk(screen: HTMLVideoElement, send: Send): Promise<Desk> {
  const camera = new CanvasCamera();
  const sound = await SoundGraph.open();
  let shown: ScreenCapture | undefined;
  return {
    devices: {
      stream: new MediaStream([sound.track, camera.track]),
      feed(bytes) {
        const frame = decodeMediaFrame(bytes);
        if (frame?.kind === MEDIA_KIND.video)
          camera.show(frame.width, frame.height, frame.data as Uint8Array<ArrayBuffer>);
        else if (frame) sound.speak(frame.data);
      },
    },
    take(track) {
      if (track.kind === 'audio') return sound.listen(track, send);
      screen.srcObject = new MediaStream([track]);
      shown = new ScreenCapture(screen, send);
    },
    get presentedFrames() {
      return shown?.presentedFrames ?? 0;
    },
  };
}
