import JsSIP from 'jssip';
import type { ClientCall, ClientCommand, ClientEvent } from '../../webrtc/client-protocol.ts';
import { type JanusConnection, startJanusCall } from '../../webrtc/janus-call.ts';
import { type JsSip, startCall } from '../../webrtc/jssip-call.ts';
import type { ClientCallEvents, WebRtcCall } from '../../webrtc/webrtc-call.ts';
import { startWhipCall, type WhipConnection } from '../../webrtc/whip-call.ts';
import { openDesk } from './desks.ts';
import { TileWall } from './tile-wall.ts';

/** The participant in the page: its camera and microphone are fed from Node, what it is shown and played goes back to Node. */
const screen = document.querySelector('video') as HTMLVideoElement;
let link: WebSocket | undefined;
const desk = await openDesk(screen, (bytes) => link?.send(bytes));
link = new WebSocket(`ws://${location.host}${location.pathname}media`);
link.binaryType = 'arraybuffer';
let call: WebRtcCall | undefined;

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

const told: ClientCallEvents = {
  onTrack: (track: MediaStreamTrack) => desk.take(track),
  onJoined: (codecs) => say({ type: 'joined', ...codecs }),
  onRefused: (refusal) => say({ type: 'refused', ...refusal }),
  onFault: (message) => say({ type: 'fault', message }),
  onEnded: () => say({ type: 'left' }),
};

async function place({ by, ...target }: ClientCall): Promise<void> {
  const mediaStream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const newConnection = (): WhipConnection & JanusConnection => new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  if ('webSocketUrl' in by)
    call = startCall({ ...target, ...by, ...told, jssip: JsSIP as unknown as JsSip, mediaStream });
  else if ('whipUrl' in by)
    call = startWhipCall({ ...target, ...by, ...told, newConnection, tracks: mediaStream.getTracks() });
  else {
    const wall = new TileWall(by.wall, (seats) => say({ type: 'seats', seats }));
    desk.take(wall.track);
    const [microphone] = mediaStream.getAudioTracks();
    const [camera] = mediaStream.getVideoTracks();
    call = startJanusCall({ ...by, ...told, newConnection, microphone, camera, wall });
  }
}

async function hangUp(): Promise<void> {
  if (!call) return say({ type: 'left' });
  const stats = await call.statistics();
  const { presentedFrames } = desk;
  say({ type: 'stats', stats, ...(presentedFrames === undefined ? {} : { presentedFrames }) });
  call.hangUp();
}
