import type { Endpoint, JoinOutcome, JoinTarget } from '@plugfest/endpoints';
import type { Network, ParticipantPlan, StreamImpairment } from '@plugfest/model';
import type { MediaWire } from '@plugfest/wire';
import { Unsupported } from '../bridges/conference-bridge.ts';
import type { Actor, ViewSwitch } from '../definition.ts';
import { BarrierTimeout, type EventLog } from '../event-log.ts';
import { resolveNetwork } from '../expand.ts';

/** How long a call may take to be answered, and media to flow, before the story goes on without. */
export const JOIN_TIMEOUT_MS = 15_000;
export const MEDIA_TIMEOUT_MS = 10_000;

/** What a participant's part in the story touches besides its endpoint. */
export interface Surroundings {
  readonly remove: (participant: string) => Promise<void>;
  readonly switchView: (participant: string, wish: ViewSwitch) => Promise<void>;
  /** Of relays that its signalling passes, where its plan has some. */
  readonly setSignalling: (participant: string, impairment: StreamImpairment) => void;
  readonly wait: (seconds: number) => Promise<void>;
  /** Where its media pass, once that is open. */
  readonly wireOf: (participant: string) => MediaWire | undefined;
}

/** One participant of the story: drives its endpoint and writes down what became of it. Never judges. */
export class ParticipantActor implements Actor {
  readonly id: string;
  readonly #endpoint: Endpoint;
  readonly #target: JoinTarget;
  readonly #log: EventLog;
  readonly #surroundings: Surroundings;
  #outcome: JoinOutcome | undefined;
  #hungUp = false;

  constructor(
    plan: ParticipantPlan,
    endpoint: Endpoint,
    target: JoinTarget,
    log: EventLog,
    surroundings: Surroundings,
  ) {
    this.id = plan.id;
    this.#endpoint = endpoint;
    this.#target = target;
    this.#log = log;
    this.#surroundings = surroundings;
  }

  get joined(): boolean {
    return this.#outcome?.joined === true;
  }

  async joins(): Promise<void> {
    this.#log.emit('participant.joining', this.id, { uri: this.#target.conferenceUri });
    this.#outcome = await within(
      this.#endpoint.patienceMs ?? JOIN_TIMEOUT_MS,
      `${this.id} joins`,
      this.#endpoint.join(this.#target),
    );
    if (this.#outcome.joined) {
      const { audioCodec, videoCodec } = this.#outcome;
      this.#log.emit('participant.joined', this.id, { audioCodec, videoCodec });
    } else {
      this.#log.emit('participant.refused', this.id, { ...this.#outcome.refusal });
    }
  }

  /** No media in time is an outcome that the judge will see, not an end of the story. */
  async receivesMedia(): Promise<void> {
    if (!this.joined) return;
    try {
      await within(
        this.#endpoint.patienceMs ?? MEDIA_TIMEOUT_MS,
        `${this.id} receives media`,
        this.#endpoint.mediaReady,
      );
      this.#log.emit('participant.receives-media', this.id);
    } catch (error) {
      if (!(error instanceof BarrierTimeout)) throw error;
      this.#log.emit('barrier.timeout', this.id, { waitedFor: 'media' });
    }
  }

  /** Who was refused has no view. */
  async switchesView(wish: ViewSwitch): Promise<void> {
    if (this.joined) await this.#surroundings.switchView(this.id, wish);
  }

  async hasNetwork(network: string | Network): Promise<void> {
    const resolved = resolveNetwork(network);
    this.#openWire().setNetwork(resolved);
    this.#surroundings.setSignalling(this.id, resolved.signalling ?? {});
    this.#log.emit('network.changed', this.id, { network: resolved });
  }

  async isRebound(): Promise<void> {
    await this.#openWire().rebind();
    this.#log.emit('network.rebound', this.id);
  }

  async renegotiates(): Promise<void> {
    await this.#does('offers anew', this.#endpoint.renegotiate?.bind(this.#endpoint));
    this.#log.emit('participant.renegotiated', this.id);
  }

  async holds({ seconds }: { readonly seconds: number } = { seconds: 0 }): Promise<void> {
    await this.#does('holds', this.#endpoint.hold?.bind(this.#endpoint));
    this.#log.emit('participant.held', this.id, { seconds });
    await this.#surroundings.wait(seconds);
  }

  async resumes(): Promise<void> {
    await this.#does('resumes', this.#endpoint.resume?.bind(this.#endpoint));
    this.#log.emit('participant.resumed', this.id);
  }

  async pressesKeys(keys: string): Promise<void> {
    const press = this.#endpoint.pressKeys?.bind(this.#endpoint);
    await this.#does('presses keys', press && (() => press(keys)));
    this.#log.emit('participant.pressed-keys', this.id, { keys });
  }

  async isRemoved(): Promise<void> {
    if (!this.joined) return;
    await this.#surroundings.remove(this.id);
    this.#log.emit('participant.removed', this.id);
  }

  /** @throws Unsupported where this kind of endpoint has no such thing */
  async #does(what: string, act: (() => Promise<void>) | undefined): Promise<void> {
    if (!this.joined) return;
    if (!act) throw new Unsupported(`an endpoint that ${what}`, `${this.id} (${this.#endpoint.kind})`);
    await act();
  }

  #openWire(): MediaWire {
    const wire = this.#surroundings.wireOf(this.id);
    if (!wire) throw new Error(`${this.id} has no media yet whose network could change: let it join first`);
    return wire;
  }

  async hangsUp(): Promise<void> {
    if (this.#hungUp || !this.joined) return;
    this.#hungUp = true;
    await this.#endpoint.hangUp();
    this.#log.emit('participant.left', this.id);
  }
}

async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BarrierTimeout(`${what}: not within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
