import type { ClientCommand, ClientEvent } from '../../webrtc/client-protocol.ts';
import { openDesk } from './desks.ts';
import type { Desk } from './devices.ts';

declare global {
  /** Where the harness waits for the media link: set before this script. */
  var plugfestMediaLink: string;
}

/** Our desk in a page of others: what it asks for as camera and microphone is fed from Node, every track that it is sent is shown, played and captured. */
async function takePlace(): Promise<void> {
  const link = new WebSocket(globalThis.plugfestMediaLink);
  link.binaryType = 'arraybuffer';
  const send = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (link.readyState === WebSocket.OPEN) link.send(bytes);
  };
  const opening: Promise<Desk> = openDesk(document.createElement('video'), send);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const { stream } = (await opening).devices;
    return new MediaStream([
      ...(wanted?.audio ? stream.getAudioTracks() : []),
      ...(wanted?.video ? stream.getVideoTracks() : []),
    ]);
  };
  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('track', ({ track }) => void opening.then((desk) => desk.take(track)));
    }
  };
  const desk = await opening;
  const say = (event: ClientEvent): void => link.send(JSON.stringify(event));
  link.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data !== 'string') return desk.devices.feed(new Uint8Array(data));
    const command = JSON.parse(data) as ClientCommand;
    if (command.command === 'ping') say({ type: 'pong', id: command.id, nowUs: performance.now() * 1000 });
  });
}

// A page's frames get no desk of their own; nor does the empty page before it.
if (globalThis.top === globalThis.self && navigator.mediaDevices) void takePlace();
