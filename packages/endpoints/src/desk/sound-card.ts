import { connect } from 'node:net';
import { join } from 'node:path';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';

/** Names of the two devices: what is played to the microphone is recorded from its monitor. */
export const MICROPHONE = 'microphone';
export const LOUDSPEAKER = 'loudspeaker';

const SAMPLE_RATE_HZ = 48_000;
/** What is spoken waits no longer than this before the program can record it. */
const MICROPHONE_LATENCY_MS = 20;
const START_MS = 5000;
const RETRY_MS = 20;

export interface SoundCardOptions {
  readonly pulseaudio: string;
  readonly pacat: string;
  readonly workDir: string;
  readonly clock: Clock;
}

/** A sound server of one's own (PulseAudio) with a microphone that we speak into and a loudspeaker that is recorded. */
export class SoundCard implements AsyncDisposable {
  /** For `PULSE_SERVER`. */
  readonly server: string;
  readonly exited: Promise<unknown>;
  readonly #microphone: OwnedProcess;
  readonly #resources: AsyncDisposableStack;

  private constructor(server: string, processes: readonly OwnedProcess[], resources: AsyncDisposableStack) {
    this.server = server;
    this.#microphone = processes[1] as OwnedProcess;
    this.exited = Promise.race(processes.map(({ exited }) => exited));
    this.#resources = resources;
  }

  /** @throws SpawnFault, or where the server does not start */
  static async open({ pulseaudio, pacat, workDir, clock }: SoundCardOptions): Promise<SoundCard> {
    await using opening = new AsyncDisposableStack();
    const socket = join(workDir, 'sound');
    const server = opening.use(
      spawnOwned(pulseaudio, serverArguments(socket), {
        name: 'a sound card (PulseAudio)',
        cwd: workDir,
        env: { HOME: workDir, XDG_RUNTIME_DIR: workDir, PULSE_RUNTIME_PATH: workDir, DISPLAY: undefined },
      }),
    );
    server.stdout.resume();
    await accepting(socket, clock, server);
    const address = `unix:${socket}`;
    const format = ['--format=s16le', `--rate=${SAMPLE_RATE_HZ}`, '--channels=1', '--raw'];
    const microphone = opening.use(
      spawnOwned(
        pacat,
        ['--playback', `--device=${MICROPHONE}`, `--latency-msec=${MICROPHONE_LATENCY_MS}`, ...format],
        {
          name: 'a microphone (pacat)',
          cwd: workDir,
          env: { HOME: workDir, PULSE_SERVER: address },
          stdin: 'pipe',
        },
      ),
    );
    microphone.stdout.resume();
    return new SoundCard(address, [server, microphone], opening.move());
  }

  /** Speaks into the microphone: 48 kHz mono. */
  speak(samples: Int16Array): void {
    this.#microphone.stdin?.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

function serverArguments(socket: string): string[] {
  const device = (name: string): string =>
    `--load=module-null-sink sink_name=${name} rate=${SAMPLE_RATE_HZ} channels=1 norewinds=1`;
  return [
    ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes', '--log-target=stderr'],
    `--load=module-native-protocol-unix auth-anonymous=1 socket='${socket}'`,
    device(MICROPHONE),
    device(LOUDSPEAKER),
  ];
}

/** Resolves when the server takes connections. */
async function accepting(socket: string, clock: Clock, server: OwnedProcess): Promise<void> {
  const untilUs = clock.nowUs() + START_MS * 1000;
  let hasEnded = false;
  void server.exited.then(() => {
    hasEnded = true;
  });
  while (!(await canConnect(socket))) {
    if (hasEnded || clock.nowUs() > untilUs) {
      throw new Error(`PulseAudio did not start: ${server.stderrTail().trim().slice(-500)}`);
    }
    await new Promise<void>((resolve) => void clock.schedule(RETRY_MS, resolve));
  }
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(path)
      .once('connect', () => {
        attempt.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
