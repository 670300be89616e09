import { join } from 'node:path';
import { openTemporaryDirectory, type ProcessExit } from '@plugfest/host';
import { parseSipUri } from '@plugfest/sip';
import { DatagramSipRelay } from '../desk/datagram-sip-relay.ts';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { NotSupported } from '../not-supported.ts';
import { CallWatch } from './call-watch.ts';
import { PIPES, PipeDesk } from './pipe-desk.ts';
import { Program, type ProgramSpec, proveItSaysUnsupported, readResult, UNSUPPORTED_EXIT } from './program.ts';

/** A program that was told to leave is ended after this time. */
const LEAVE_MS = 5000;
const CONTRACT = '1';

/**
 * A command or a container of others: environment in, pipes as its desk, lines on standard input as its orders, a result file and an exit code out. It thinks that it
 * calls the bridge; what becomes of its call is read off the wire.
 */
export class ProgramEndpoint implements Endpoint {
  readonly kind = 'external';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #spec: ProgramSpec;
  readonly #directory: string;
  readonly #desk: PipeDesk;
  readonly #watch: CallWatch;
  readonly #resources: AsyncDisposableStack;
  #program: Program | undefined;
  #isEnding = false;
  #hasFault = false;

  private constructor(
    context: EndpointContext,
    spec: ProgramSpec,
    { directory, desk }: { directory: string; desk: PipeDesk },
    resources: AsyncDisposableStack,
  ) {
    this.#context = context;
    this.#spec = spec;
    this.#directory = directory;
    this.#desk = desk;
    this.#resources = resources;
    this.#watch = new CallWatch(context);
    this.mediaReady = desk.ready;
    const interrupt = (): void => this.#watch.fail(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    resources.defer(() => context.signal.removeEventListener('abort', interrupt));
    this.#watch.onAnswered = () => this.#desk.start();
    this.#watch.onHungUpOn = () => {
      context.emit('endpoint.hung-up-on');
      void this.hangUp();
    };
  }

  /** @throws NotSupported where the program does not keep the contract, or cannot be run here */
  static async open(context: EndpointContext, spec: ProgramSpec): Promise<ProgramEndpoint> {
    await using opening = new AsyncDisposableStack();
    const { path } = opening.use(await openTemporaryDirectory('external'));
    const desk = opening.use(await PipeDesk.open(context, path));
    const log = join(context.workDir, 'program.log');
    await proveItSaysUnsupported(spec, path, variablesOf(context, path, 'sip:nobody@127.0.0.1:9'), log);
    context.emit('external.contract', { form: spec.form, contract: CONTRACT });
    return new ProgramEndpoint(context, spec, { directory: path, desk }, opening.move());
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const { openWire, signal, workDir } = this.#context;
    if (target.bridge.udp === undefined) throw new Error('a program calls over UDP: the bridge does not listen on it');
    signal.throwIfAborted();
    const relay = this.#resources.use(await DatagramSipRelay.open(target.bridge.udp, await openWire(2)));
    relay.onMessage = (message, from) => this.#watch.take(message, from);
    const conference = parseSipUri(target.conferenceUri);
    const called = `sip:${conference.ok ? conference.value.user : ''}@${relay.address}`;
    const variables = variablesOf(this.#context, this.#directory, called);
    const log = join(workDir, 'program.log');
    const program = this.#resources.use(await Program.start(this.#spec, this.#directory, variables, log));
    this.#program = program;
    void program.exited.then((exit) => this.#takeExit(exit, program));
    return this.#watch.outcome;
  }

  async hold(): Promise<void> {
    await this.#program?.ask('hold');
  }

  async resume(): Promise<void> {
    await this.#program?.ask('resume');
  }

  async renegotiate(): Promise<void> {
    await this.#program?.ask('renegotiate');
  }

  async pressKeys(keys: string): Promise<void> {
    await this.#program?.ask(`keys ${keys}`);
  }

  async hangUp(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#program?.tell('leave');
    const late = Promise.withResolvers<void>();
    const timer = this.#context.clock.schedule(LEAVE_MS, late.resolve);
    await Promise.race([this.#program?.exited, late.promise]);
    timer.cancel();
    const result = readResult(this.#directory);
    if (this.#program) this.#context.emit('external.result', { ...(result ?? { outcome: 'none' }) });
    await this.#resources.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#resources.disposeAsync();
  }

  #takeExit({ code, signal }: ProcessExit, program: Program): void {
    const words = program.lastWords;
    const how = `the program ended (${signal ?? `exit code ${code}`})${words ? `: ${words}` : ''}`;
    const isUnsupported = code === UNSUPPORTED_EXIT;
    this.#watch.fail(
      isUnsupported ? new NotSupported(`the endpoint does not do “${this.#context.scenario}”: ${how}`) : new Error(how),
    );
    if (this.#isEnding || this.#hasFault || isUnsupported) return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message: how });
  }
}

/** All that a program is told. */
function variablesOf(
  { plan, scenario = '' }: EndpointContext,
  directory: string,
  called: string,
): Readonly<Record<string, string>> {
  return {
    PLUGFEST_CONTRACT: CONTRACT,
    PLUGFEST_SCENARIO: scenario,
    PLUGFEST_CALL: called,
    PLUGFEST_URI: plan.uri,
    PLUGFEST_NAME: plan.name,
    PLUGFEST_CAMERA: join(directory, PIPES.camera),
    PLUGFEST_MICROPHONE: join(directory, PIPES.microphone),
    PLUGFEST_SCREEN: join(directory, PIPES.screen),
    PLUGFEST_LOUDSPEAKER: join(directory, PIPES.loudspeaker),
    PLUGFEST_WIDTH: String(plan.video.width),
    PLUGFEST_HEIGHT: String(plan.video.height),
    PLUGFEST_FRAME_RATE: String(plan.video.frameRate),
    PLUGFEST_RESULT: join(directory, 'result.json'),
  };
}
