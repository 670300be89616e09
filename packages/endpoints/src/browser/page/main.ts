import JsSIP from 'jssip';
import type { ClientCall, ClientCommand, ClientEvent } from '../../webrtc/client-protocol.ts';
import { type JsSip, type JsSipCall, startCall } from '../../webrtc/jssip-call.ts';
import { FakeDevices } from './fake-devices.ts';
import { capture } from './presented-media.ts';

/** The participant in the page: its camera and microphone are fed from Node, what it is shown and played goes back to Node. */
const link = new WebSocket(`ws://${location.host}${location.pathname}media`);
link.binaryType = 'arraybuffer';
const devices = new FakeDevices();
let call: JsSipCall | undefined;

const say = (event: ClientEvent): void => link.send(JSON.stringify(event));

/** The page asks for camera and microphone like any other; these are what it gets. */
navigator.mediaDevices.getUserMedia = async () => devices.stream;

link.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
  if (typeof data !== 'string') devices.feed(new Uint8Array(data));
  else void obey(JSON.parse(data));
});

async function obey(command: ClientCommand): Promise<void> {
  if (command.command === 'ping') say({ type: 'pong', id: command.id, nowUs: performance.now() * 1000 });
  else if (command.command === 'call') await place(command.call);
  else await hangUp();
}

async function place(target: ClientCall): Promise<void> {
  const screen = document.querySelector('video');
  const loudspeaker = new Audio();
  loudspeaker.autoplay = true;
  call = startCall({
    ...target,
    jssip: JsSIP as unknown as JsSip,
    mediaStream: await navigator.mediaDevices.getUserMedia({ audio: true, video: true }),
    onTrack: (track: MediaStreamTrack) => {
      // Chromium decodes a remote track only where an element plays it.
      if (screen && track.kind === 'video') screen.srcObject = new MediaStream([track]);
      if (track.kind === 'audio') loudspeaker.srcObject = new MediaStream([track]);
      void capture(track, (bytes) => link.send(bytes));
    },
    onJoined: (codecs) => say({ type: 'joined', ...codecs }),
    onRefused: (refusal) => say({ type: 'refused', ...refusal }),
    onFault: (message) => say({ type: 'fault', message }),
    onEnded: () => say({ type: 'left' }),
  });
}

async function hangUp(): Promise<void> {
  if (!call) return say({ type: 'left' });
  say({ type: 'stats', stats: await call.statistics() });
  call.hangUp();
}
