import JsSIP from 'jssip';
import type { ClientCall, ClientCommand, ClientEvent } from '../../webrtc/client-protocol.ts';
import { type JsSip, type JsSipCall, startCall } from '../../webrtc/jssip-call.ts';
import { openDesk } from './desks.ts';

/** The participant in the page: its camera and microphone are fed from Node, what it is shown and played goes back to Node. */
const screen = document.querySelector('video') as HTMLVideoElement;
let link: WebSocket | undefined;
const desk = await openDesk(screen, (bytes) => link?.send(bytes));
link = new WebSocket(`ws://${location.host}${location.pathname}media`);
link.binaryType = 'arraybuffer';
let call: JsSipCall | undefined;

const say = (event: ClientEvent): void => link?.send(JSON.stringify(event));

/** The page asks for camera and microphone like any other; these are what it gets. */
navigator.mediaDevices.getUserMedia = async () => desk.devices.stream;

link.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
  if (typeof data !== 'string') desk.devices.feed(new Uint8Array(data));
  else void obey(JSON.parse(data));
});

async function obey(command: ClientCommand): Promise<void> {
  if (command.command === 'ping') say({ type: 'pong', id: command.id, nowUs: performance.now() * 1000 });
  else if (command.command === 'call') await place(command.call);
  else await hangUp();
}

async function place(target: ClientCall): Promise<void> {
  call = startCall({
    ...target,
    jssip: JsSIP as unknown as JsSip,
    mediaStream: await navigator.mediaDevices.getUserMedia({ audio: true, video: true }),
    onTrack: (track: MediaStreamTrack) => desk.take(track),
    onJoined: (codecs) => say({ type: 'joined', ...codecs }),
    onRefused: (refusal) => say({ type: 'refused', ...refusal }),
    onFault: (message) => say({ type: 'fault', message }),
    onEnded: () => say({ type: 'left' }),
  });
}

async function hangUp(): Promise<void> {
  if (!call) return say({ type: 'left' });
  const stats = await call.statistics();
  const { presentedFrames } = desk;
  say({ type: 'stats', stats, ...(presentedFrames === undefined ? {} : { presentedFrames }) });
  call.hangUp();
}
