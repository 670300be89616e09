import { createInterface } from 'node:readline';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import type { CallMedia } from './call-media.ts';
import { formatLine, type MediaCommand, type MediaEvent, type MediaSetup, parseLine } from './media-protocol.ts';
import { RtpSocket } from './rtp-socket.ts';

/** A federated client's media in a process of its own: its coding must not hold up anybody else's packets, nor theirs its own. */
const HOST = '127.0.0.1';

const say = (event: MediaEvent): void => void process.stdout.write(formatLine(event));

process.on('uncaughtException', ({ message }) => {
  process.stdout.write(formatLine({ type: 'fault', message }), () => process.exit(1));
});

const setup = JSON.parse(process.argv[2] ?? '') as MediaSetup;
const [audioSocket, videoSocket] = [await RtpSocket.open(HOST), await RtpSocket.open(HOST)];
say({ type: 'listening', audio: portsOf(audioSocket), video: portsOf(videoSocket) });
const codecs = loadCodecs();
let media: CallMedia | undefined;
let isStopping = false;

/** After the ports are known, for it takes the longest: the offer goes out meanwhile. */
async function loadCodecs() {
  const [{ CallMedia }, { ParticipantSource }, { rehearse }] = await Promise.all([
    import('./call-media.ts'),
    import('@plugfest/media'),
    import('./rehearsal.ts'),
  ]);
  const open = (options: ConstructorParameters<typeof CallMedia>[0]): CallMedia => new CallMedia(options);
  const source = await ParticipantSource.prepare(setup);
  rehearse(source, hostClock, setup.bitrateBps);
  return { open, source };
}

async function start({ audio, video }: Extract<MediaCommand, { command: 'start' }>): Promise<void> {
  const { open, source } = await codecs;
  if (isStopping) return;
  media = open({
    clock: hostClock,
    random: seededRandom(setup.seed),
    source,
    sabotage: setup.sabotage,
    captureFile: setup.captureFile,
    bitrateBps: setup.bitrateBps,
    videoOnRequest: setup.videoOnRequest,
    audio: { ...audio, socket: audioSocket },
    video: { ...video, socket: videoSocket },
    onStarted: (startedUs) => say({ type: 'source.started', startedUs }),
  });
  await media.ready;
  say({ type: 'media-ready' });
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const captured = await media?.close();
  await Promise.all([audioSocket[Symbol.asyncDispose](), videoSocket[Symbol.asyncDispose]()]);
  process.stdout.write(formatLine({ type: 'stopped', droppedFrames: captured?.droppedFrames ?? null }), () =>
    process.exit(0),
  );
}

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const command = parseLine<MediaCommand>(line);
  void (command.command === 'start' ? start(command) : stop());
});
commands.on('close', () => void stop());

function portsOf({ rtpPort, rtcpPort }: RtpSocket): { rtpPort: number; rtcpPort: number } {
  return { rtpPort, rtcpPort };
}
