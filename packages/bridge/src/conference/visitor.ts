import type { Notice } from '@plugfest/media';
import { type DoorPolicy, PinEntry, type Role } from './door.ts';
import type { Participant } from './participant.ts';
import { PROMPTS, type PromptName } from './prompts.ts';
import { SoundPlayer } from './sound-player.ts';

/** What somebody at the door waits for; `goodbye`: its call is being ended. */
export type VisitorStage = 'pin' | 'host' | 'admission' | 'goodbye';

/** Somebody whose call was answered, and who is not in the conference yet: it is shown and told what to do, and nobody else. */
export class Visitor {
  readonly participant: Participant;
  readonly player = new SoundPlayer();
  readonly sinceUs: number;
  readonly #entry: PinEntry;
  stage: VisitorStage = 'pin';
  prompt: PromptName = 'pin';
  role: Role = 'guest';
  wrongPins = 0;
  /** Whether it has still to be told what to do: a sound takes a moment to be made. */
  isListening = true;

  constructor(participant: Participant, policy: DoorPolicy, nowUs: number) {
    this.participant = participant;
    this.sinceUs = nowUs;
    this.#entry = new PinEntry(policy);
  }

  get notice(): Notice {
    const { title, text } = PROMPTS[this.prompt];
    return { title, text, entered: this.#entry.length };
  }

  /** The whole PIN once it is entered; the first key ends what is being said. */
  press(key: string): string | undefined {
    if (this.stage !== 'pin') return undefined;
    this.isListening = false;
    this.player.play(new Int16Array(0));
    return this.#entry.press(key);
  }
}
