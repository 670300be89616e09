import { type Notice, speakText } from '@plugfest/media';
import { soundOfTones, type Tone } from './sound-player.ts';

interface Prompt extends Notice {
  readonly says: string;
  /** Where nobody can speak. */
  readonly tones: readonly Tone[];
}

const ASKING: readonly Tone[] = [
  [440, 200],
  [0, 100],
  [550, 300],
];
const WAITING: readonly Tone[] = [[440, 400]];
const WRONG: readonly Tone[] = [
  [400, 250],
  [0, 80],
  [300, 450],
];

/** What somebody at the door is shown and told. */
export const PROMPTS = {
  pin: {
    title: 'Please enter the PIN',
    text: 'Then press #',
    says: 'Please enter the pin, followed by the hash key.',
    tones: ASKING,
  },
  'wrong-pin': {
    title: 'That PIN is not right',
    text: 'Please enter it again, then press #',
    says: 'That pin is not right. Please enter it again.',
    tones: WRONG,
  },
  host: {
    title: 'Waiting for the host',
    text: 'You are let in as soon as the host is here',
    says: 'Please wait. The conference begins when the host is here.',
    tones: WAITING,
  },
  admission: {
    title: 'Please wait to be let in',
    text: 'The host has been told that you are here',
    says: 'Please wait until the host lets you in.',
    tones: WAITING,
  },
} as const satisfies Record<string, Prompt>;
export type PromptName = keyof typeof PROMPTS;

/** The prompts' sounds, spoken by espeak-ng once each when they are first needed; tones where it is missing. */
export class PromptVoices {
  readonly #sounds = new Map<PromptName, Promise<Int16Array>>();
  readonly #onUnspoken: (reason: string) => void;

  constructor(onUnspoken: (reason: string) => void) {
    this.#onUnspoken = onUnspoken;
  }

  /** Never rejects. */
  sound(name: PromptName): Promise<Int16Array> {
    const sound = this.#sounds.get(name) ?? this.#make(name);
    this.#sounds.set(name, sound);
    return sound;
  }

  async #make(name: PromptName): Promise<Int16Array> {
    const { says, tones } = PROMPTS[name];
    try {
      return await speakText(says);
    } catch (fault) {
      this.#onUnspoken(String(fault));
      return soundOfTones(tones);
    }
  }
}
