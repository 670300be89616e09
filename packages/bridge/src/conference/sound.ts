import { MixMinus } from '@plugfest/media';
import type { StageTimes } from '../stage-times.ts';
import type { Participant } from './participant.ts';
import { presenceOf } from './presence.ts';
import { SoundPlayer } from './sound-player.ts';

/** No participants' names. */
const ANNOUNCER = '';
const NOBODY = 'nobody';

/** A conference's sound: everybody hears all others, 20 ms at a time. */
export class ConferenceSound {
  readonly #mixer = new MixMinus();
  readonly #stages: StageTimes;
  readonly #announcer = new SoundPlayer();
  /** Told when what all say together was due; it is mixed where it is asked for. */
  onMix: ((mix: () => Int16Array, dueUs: number) => void) | undefined;

  constructor(stages: StageTimes) {
    this.#stages = stages;
  }

  /** Lets all hear a sound that is nobody's. */
  announce(samples: Int16Array): void {
    this.#announcer.play(samples);
  }

  /** Mixes and sends one tick; the levels in dBov of all who have sound, for who speaks. */
  tick(participants: ReadonlyMap<string, Participant>, dueUs: number): ReadonlyMap<string, number> {
    return this.#stages.measure('mix', () => this.#mix(participants, dueUs));
  }

  #mix(participants: ReadonlyMap<string, Participant>, dueUs: number): ReadonlyMap<string, number> {
    this.#mixer.nextTick();
    const levels = new Map<string, number>();
    const echoes = new Map<string, Int16Array>();
    for (const { id, audio, muted, sabotages } of participants.values()) {
      const chunk = audio?.next();
      if (chunk && !muted && !sabotages.has('one-way')) {
        this.#mixer.add(id, chunk);
        if (sabotages.has('own-voice')) echoes.set(id, chunk.samples);
      }
      levels.set(id, this.#mixer.level(id));
    }
    const samples = this.#announcer.next();
    if (samples) this.#mixer.add(ANNOUNCER, { samples, sampleRateHz: 48_000, channels: 1, ptsUs: dueUs });
    for (const participant of participants.values()) {
      const voice = presenceOf(participant, participants);
      participant.audio?.send(withEcho(this.#mixer.mixFor(voice), echoes.get(voice)), dueUs);
    }
    this.onMix?.(() => this.#mixer.mixFor(NOBODY), dueUs);
    return levels;
  }
}

/** The `own-voice` sabotage. */
function withEcho(mix: Int16Array, echo: Int16Array | undefined): Int16Array {
  return echo ? mix.map((sample, at) => Math.max(-32_768, Math.min(32_767, sample + (echo[at] ?? 0)))) : mix;
}
