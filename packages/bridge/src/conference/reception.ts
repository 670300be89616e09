import { asksForPin, type DoorPolicy, entranceFor, type Role, roleOfPin, roleWithoutPin } from './door.ts';
import type { Participant } from './participant.ts';
import type { PromptName, PromptVoices } from './prompts.ts';
import { Visitor, type VisitorStage } from './visitor.ts';

export interface ReceptionOptions {
  readonly policy: () => DoorPolicy;
  readonly voices: PromptVoices;
  readonly isHostThere: () => boolean;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
  /** Lets somebody into the conference. */
  readonly enter: (participant: Participant, role: Role) => void;
}

const MAX_WRONG_PINS = 3;
/** Who enters no PIN for so long does not keep a line busy. */
const PIN_TIMEOUT_US = 60_000_000;
/** What is asked is asked again. */
const REPEAT_MS = 8000;

/** Cause, and what a peer's user may read. @see RFC 3326 */
const GOODBYES = {
  'wrong-pin': 'SIP;cause=403;text="Wrong PIN"',
  'no-pin': 'SIP;cause=408;text="No PIN"',
  refused: 'SIP;cause=603;text="Not let in"',
} as const;

/** A conference's door: who asks for a PIN, who waits for the host or to be let in. */
export class Reception {
  readonly visitors = new Map<string, Visitor>();
  readonly #options: ReceptionOptions;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Lets in who may come in, and asks or keeps waiting who may not yet. */
  arrive(participant: Participant, nowUs: number): void {
    const policy = this.#options.policy();
    const visitor = new Visitor(participant, policy, nowUs);
    this.visitors.set(participant.id, visitor);
    if (asksForPin(policy)) this.#wait(visitor, 'pin');
    else this.#admitAs(visitor, roleWithoutPin(policy));
  }

  /** A key of somebody at the door. */
  press(id: string, key: string): void {
    const visitor = this.visitors.get(id);
    const pin = visitor?.press(key);
    if (visitor !== undefined && pin !== undefined) this.#judge(visitor, pin);
  }

  /** The whole PIN of somebody who is asked for one, and has no keys to press. */
  enterPin(id: string, pin: string): void {
    const visitor = this.visitors.get(id);
    if (visitor?.stage === 'pin') this.#judge(visitor, pin);
  }

  #judge(visitor: Visitor, pin: string): void {
    const role = roleOfPin(this.#options.policy(), pin);
    if (role !== undefined) this.#admitAs(visitor, role);
    else if (++visitor.wrongPins >= MAX_WRONG_PINS) this.#dismiss(visitor, 'wrong-pin');
    else {
      this.#options.emit('visitor.wrong-pin', { participant: visitor.participant.id, attempts: visitor.wrongPins });
      this.#say(visitor, 'wrong-pin');
    }
  }

  /** The host lets somebody in, PIN or not; false where nobody of that name is at the door. */
  letIn(id: string): boolean {
    const visitor = this.visitors.get(id);
    if (!visitor || visitor.stage === 'goodbye') return false;
    this.#enter(visitor, visitor.role);
    return true;
  }

  /** The host does not want to see somebody. */
  turnAway(id: string): boolean {
    const visitor = this.visitors.get(id);
    if (visitor) this.#dismiss(visitor, 'refused');
    return visitor !== undefined;
  }

  /** The host came, or the door was opened. Who waits behind a door that was locked meanwhile goes on waiting. */
  lookAgain(): void {
    for (const visitor of [...this.visitors.values()]) {
      const isWaiting = visitor.stage === 'host' || visitor.stage === 'admission';
      if (isWaiting && this.#entranceOf(visitor) === 'enter') this.#enter(visitor, visitor.role);
    }
  }

  /** Ends the calls of those who enter nothing. */
  tick(nowUs: number): void {
    for (const visitor of [...this.visitors.values()]) {
      if (visitor.stage === 'pin' && nowUs - visitor.sinceUs > PIN_TIMEOUT_US) this.#dismiss(visitor, 'no-pin');
    }
  }

  /** The next 20 ms of what each is told; what they say nobody hears. */
  hear(dueUs: number): void {
    for (const { participant, player } of this.visitors.values()) {
      participant.audio?.next();
      participant.audio?.send(player.next() ?? new Int16Array(960), dueUs);
    }
  }

  #entranceOf({ role }: Visitor) {
    return entranceFor(this.#options.policy(), role, this.#options.isHostThere());
  }

  #admitAs(visitor: Visitor, role: Role): void {
    visitor.role = role;
    const entrance = this.#entranceOf(visitor);
    if (entrance === 'enter') this.#enter(visitor, role);
    else if (entrance === 'refuse') this.#dismiss(visitor, 'refused');
    else this.#wait(visitor, entrance === 'wait-for-host' ? 'host' : 'admission');
  }

  #wait(visitor: Visitor, stage: Exclude<VisitorStage, 'goodbye'>): void {
    visitor.stage = stage;
    const { id, uri, displayName } = visitor.participant;
    this.#options.emit('visitor.waiting', { participant: id, uri, displayName, waitsFor: stage });
    this.#say(visitor, stage);
  }

  #say(visitor: Visitor, prompt: PromptName): void {
    visitor.prompt = prompt;
    visitor.isListening = true;
    void this.#options.voices.sound(prompt).then((sound) => {
      if (visitor.isListening && visitor.prompt === prompt) visitor.player.play(sound, REPEAT_MS);
    });
  }

  #enter({ participant }: Visitor, role: Role): void {
    this.visitors.delete(participant.id);
    this.#options.enter(participant, role);
  }

  /** Once: a peer that does not answer our BYE stays at the door until that gives up. */
  #dismiss(visitor: Visitor, reason: keyof typeof GOODBYES): void {
    if (visitor.stage === 'goodbye') return;
    visitor.stage = 'goodbye';
    const { participant } = visitor;
    this.#options.emit('visitor.dismissed', { participant: participant.id, reason });
    void participant.session.bye([{ name: 'Reason', value: GOODBYES[reason] }]);
  }
}
