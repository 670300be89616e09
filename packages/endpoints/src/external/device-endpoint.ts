import type { ExternalSpec } from '@plugfest/model';
import { parseSipUri } from '@plugfest/sip';
import { DatagramSipRelay } from '../desk/datagram-sip-relay.ts';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { NotSupported } from '../not-supported.ts';
import { CallWatch } from './call-watch.ts';
import type { Answer, Person } from './person.ts';

export type DeviceSpec = Extract<ExternalSpec, { form: 'device' }>;

const DEFAULT_LIMIT_S = 120;
/** What passes after the last question before the call is given up. */
const MARGIN_MS = 15_000;

/**
 * Hardware with a SIP address. It is called, or calls, through the wire like all others; what it is to do is asked of the person at the terminal, and what that person
 * sees and hears is asked too: a device's own camera shows nothing that a program could read.
 */
export class DeviceEndpoint implements Endpoint {
  readonly kind = 'external';
  readonly patienceMs: number;
  readonly #context: EndpointContext;
  readonly #spec: DeviceSpec;
  readonly #person: Person;
  readonly #watch: CallWatch;
  readonly #limitMs: number;
  readonly #resources = new AsyncDisposableStack();
  #confirmed: Promise<void> | undefined;
  #isEnding = false;

  constructor(context: EndpointContext, spec: DeviceSpec, person: Person) {
    this.#context = context;
    this.#spec = spec;
    this.#person = this.#resources.use(person);
    this.#limitMs = (spec.timeLimitS ?? DEFAULT_LIMIT_S) * 1000;
    this.patienceMs = this.#limitMs + MARGIN_MS;
    this.#watch = new CallWatch(context);
    const interrupt = (): void => this.#watch.fail(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    this.#resources.defer(() => context.signal.removeEventListener('abort', interrupt));
    this.#watch.onHungUpOn = () => {
      context.emit('endpoint.hung-up-on');
      this.#isEnding = true;
    };
  }

  /** Never resolves where the person does not confirm: the story then goes on without. */
  get mediaReady(): Promise<void> {
    this.#confirmed ??= this.#confirm();
    return this.#confirmed;
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const { openWire, signal } = this.#context;
    const { host, direction } = this.#spec;
    if (target.bridge.udp === undefined) throw new Error('a device is called over UDP: the bridge does not speak it');
    signal.throwIfAborted();
    const peer = direction === 'is-called' ? this.#spec.uri : undefined;
    const wire = await openWire(2, host);
    const relay = this.#resources.use(
      await DatagramSipRelay.open(target.bridge.udp, wire, { ...(host ? { host } : {}), ...(peer ? { peer } : {}) }),
    );
    relay.onMessage = (message, from) => this.#watch.take(message, from);
    if (direction === 'is-called') await this.#isCalled(target, relay);
    else await this.#calls(target, relay);
    return this.#watch.outcome;
  }

  async hold(): Promise<void> {
    await this.#does('press hold');
  }

  async resume(): Promise<void> {
    await this.#does('press resume');
  }

  async pressKeys(keys: string): Promise<void> {
    await this.#does(`press the keys ${keys}`);
  }

  async hangUp(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      const asked = this.#record(await this.#person.does('hang up', this.#limitMs));
      if (asked.answer === 'done') await this.#isOver();
    }
    await this.#resources.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#resources.disposeAsync();
  }

  /** @throws NotSupported where the device cannot, or nobody did it in time */
  async #does(what: string): Promise<void> {
    const { answer } = this.#record(await this.#person.does(what, this.#limitMs));
    if (answer !== 'done')
      throw new NotSupported(`“${what}”: ${answer === 'cannot' ? 'the device cannot' : 'no answer in time'}`);
  }

  async #calls(target: JoinTarget, relay: DatagramSipRelay): Promise<void> {
    const conference = parseSipUri(target.conferenceUri);
    const user = conference.ok ? conference.value.user : '';
    const asked = this.#person.does(`dial sip:${user}@${relay.address} (UDP)`, this.#limitMs);
    void asked.then((answer) => {
      const { answer: said } = this.#record(answer);
      if (said !== 'done')
        this.#watch.fail(new NotSupported(`nobody dialled: ${said === 'cannot' ? 'the device cannot' : 'no answer'}`));
    });
  }

  async #isCalled(target: JoinTarget, relay: DatagramSipRelay): Promise<void> {
    const { uri } = this.#spec;
    const parsed = parseSipUri(uri ?? '');
    if (!parsed.ok) throw new Error(`the device’s address “${uri}” is none: sip:user@host:port`);
    if (!target.callOut) throw new NotSupported('this bridge calls nobody');
    const asked = this.#person.does(`${uri} will ring: answer it`, this.#limitMs);
    await target.callOut(`sip:${parsed.value.user ?? 'device'}@${relay.bridgeAddress}`);
    void asked.then((answer) => this.#record(answer));
  }

  async #confirm(): Promise<void> {
    const { answer } = this.#record(
      await this.#person.confirms('does the device show and play the conference?', this.#limitMs),
    );
    if (answer !== 'yes') await new Promise<never>(() => {});
  }

  async #isOver(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#context.clock.schedule(MARGIN_MS, late.resolve);
    await Promise.race([this.#watch.over, late.promise]);
    timer.cancel();
  }

  #record(answer: Answer): Answer {
    this.#context.emit('person.answered', { ...answer });
    return answer;
  }
}
