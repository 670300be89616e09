import type { AudioChunk, VoiceMeasurement } from '@plugfest/model';
import { MAX_TRACK_US, SoundTrackBuilder } from './sound-track.ts';
import { type KnownVoice, measureVoices, type TemplateCache } from './voice-measurement.ts';
import { mergeVoices } from './voice-merging.ts';

/** Chunks may come so much out of order before a part is closed. */
const LATEST_US = 2_000_000;

/** Looks for voices in sound of any length, a minute at a time, as it is read. */
export class SoundMeasurement {
  readonly #toUs: number;
  readonly #voices: readonly KnownVoice[];
  readonly #templates: TemplateCache;
  readonly #parts: VoiceMeasurement[][] = [];
  #builders: { readonly fromUs: number; readonly builder: SoundTrackBuilder }[];
  #capturedMs = 0;
  /** As in `SoundTrackBuilder`, of the whole. */
  firstHeardUs: number | undefined;
  firstUs: number | undefined;
  lastUs: number | undefined;

  /** `templates`: shared with other viewers of the same time, as long as it is short. */
  constructor(window: { fromUs: number; toUs: number }, voices: readonly KnownVoice[], templates: TemplateCache) {
    this.#toUs = window.toUs;
    this.#voices = voices;
    this.#templates = templates;
    this.#builders = [this.#part(window.fromUs)];
  }

  get capturedMs(): number {
    return this.#capturedMs;
  }

  /** 48 kHz mono; what lies outside the window is passed over. */
  add(chunk: AudioChunk): void {
    const current = this.#builders[0];
    if (current && chunk.ptsUs > current.fromUs + MAX_TRACK_US + LATEST_US) this.#close();
    const last = this.#builders.at(-1);
    const nextUs = last ? last.fromUs + MAX_TRACK_US : Number.POSITIVE_INFINITY;
    if (nextUs < this.#toUs && chunk.ptsUs + LATEST_US > nextUs) this.#builders.push(this.#part(nextUs));
    for (const { builder } of this.#builders) builder.add(chunk);
    const first = this.#builders[0]?.builder;
    this.firstHeardUs ??= first?.firstHeardUs;
    this.firstUs ??= first?.firstUs;
    this.lastUs = this.#builders.findLast(({ builder }) => builder.lastUs !== undefined)?.builder.lastUs ?? this.lastUs;
  }

  /** In the order of the voices. */
  finish(): VoiceMeasurement[] {
    while (this.#builders.length > 0) this.#close();
    return this.#voices.map((_, i) => mergeVoices(this.#parts.map((part) => part[i] as VoiceMeasurement)));
  }

  #part(fromUs: number) {
    return { fromUs, builder: new SoundTrackBuilder(fromUs, Math.min(this.#toUs, fromUs + MAX_TRACK_US)) };
  }

  #close(): void {
    const closed = this.#builders.shift();
    if (!closed) return;
    const track = closed.builder.build();
    this.#capturedMs += track.capturedMs;
    // Templates are large: only those of the first part are kept for other viewers.
    const templates = this.#parts.length === 0 ? this.#templates : new Map();
    this.#parts.push(measureVoices(track, this.#voices, templates));
  }
}
