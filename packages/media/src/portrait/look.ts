import type { Hex } from './paint.ts';

export type RoomKind = 'bookshelf' | 'office' | 'living' | 'meeting' | 'loft' | 'curtain';
export type HairStyle = 'long' | 'short' | 'swept' | 'bob' | 'wavy' | 'curly' | 'bun' | 'crop';
export type Clothing = 'blazer' | 'shirt' | 'sweater' | 'blouse' | 'hoodie';

/** What a participant looks and sounds like. */
export interface Look {
  readonly skin: Hex;
  readonly hair: Hex;
  readonly hairStyle: HairStyle;
  readonly eyes: Hex;
  readonly lips: Hex;
  readonly clothing: Clothing;
  readonly cloth: Hex;
  readonly innerCloth: Hex;
  readonly room: RoomKind;
  /** Half width of the face against its half height. */
  readonly faceWidth: number;
  /** 0 round .. 1 square. */
  readonly jaw: number;
  readonly beard?: 'full' | 'stubble';
  readonly glasses?: Hex;
  readonly headset?: boolean;
  readonly earrings?: Hex;
  /** From which side the light comes: -1 left, 1 right. */
  readonly light: -1 | 1;
  readonly voice: Voice;
}

/** espeak-ng's knobs. */
export interface Voice {
  /** Voice and variant, e.g. `en-gb+f3`. */
  readonly name: string;
  /** 0..99. */
  readonly pitch: number;
  readonly wordsPerMinute: number;
  /** Formant-like tilt of the whole spectrum by playing faster or slower: 0.9 deep .. 1.1 bright. */
  readonly size: number;
}

/** Eight people; a plan's `look` picks one, so that consecutive looks are never alike. */
export const LOOKS: readonly Look[] = [
  {
    skin: '#e3ab88',
    hair: '#3a231a',
    hairStyle: 'long',
    eyes: '#5b4128',
    lips: '#b65a58',
    clothing: 'blazer',
    cloth: '#1f5f68',
    innerCloth: '#f1ebe2',
    room: 'bookshelf',
    faceWidth: 0.71,
    jaw: 0.25,
    earrings: '#e8c673',
    light: -1,
    voice: { name: 'en-gb+f3', pitch: 58, wordsPerMinute: 165, size: 1.04 },
  },
  {
    skin: '#6f4630',
    hair: '#16110f',
    hairStyle: 'crop',
    eyes: '#2b1a10',
    lips: '#7d4740',
    clothing: 'blazer',
    cloth: '#27345a',
    innerCloth: '#f4f6fa',
    room: 'office',
    faceWidth: 0.74,
    jaw: 0.7,
    beard: 'stubble',
    light: 1,
    voice: { name: 'en-us+m3', pitch: 30, wordsPerMinute: 155, size: 0.95 },
  },
  {
    skin: '#eabf9f',
    hair: '#a7a39d',
    hairStyle: 'swept',
    eyes: '#4d6d86',
    lips: '#b4695f',
    clothing: 'sweater',
    cloth: '#7b2f3c',
    innerCloth: '#d9e4f2',
    room: 'living',
    faceWidth: 0.75,
    jaw: 0.55,
    glasses: '#2a2522',
    light: -1,
    voice: { name: 'en-gb-scotland+m7', pitch: 20, wordsPerMinute: 150, size: 0.9 },
  },
  {
    skin: '#f0cba6',
    hair: '#15131a',
    hairStyle: 'bob',
    eyes: '#30201a',
    lips: '#c4625f',
    clothing: 'blouse',
    cloth: '#c98a2b',
    innerCloth: '#f6e7c8',
    room: 'meeting',
    faceWidth: 0.72,
    jaw: 0.2,
    headset: true,
    light: 1,
    voice: { name: 'en-us+f4', pitch: 75, wordsPerMinute: 175, size: 1.1 },
  },
  {
    skin: '#b67c52',
    hair: '#1d1512',
    hairStyle: 'wavy',
    eyes: '#36231a',
    lips: '#9a5a4b',
    clothing: 'hoodie',
    cloth: '#4a5660',
    innerCloth: '#e6e2da',
    room: 'loft',
    faceWidth: 0.72,
    jaw: 0.5,
    beard: 'full',
    light: -1,
    voice: { name: 'en-029+m1', pitch: 42, wordsPerMinute: 168, size: 1 },
  },
  {
    skin: '#8d5a3b',
    hair: '#221712',
    hairStyle: 'curly',
    eyes: '#2e1c12',
    lips: '#a04a48',
    clothing: 'blouse',
    cloth: '#d2604f',
    innerCloth: '#fbe9df',
    room: 'curtain',
    faceWidth: 0.72,
    jaw: 0.25,
    earrings: '#f0d78f',
    light: 1,
    voice: { name: 'en-us+f2', pitch: 50, wordsPerMinute: 160, size: 1 },
  },
  {
    skin: '#f1c6ab',
    hair: '#a2502a',
    hairStyle: 'short',
    eyes: '#4c7a5c',
    lips: '#bf6c62',
    clothing: 'shirt',
    cloth: '#3d6b4f',
    innerCloth: '#e9efe6',
    room: 'bookshelf',
    faceWidth: 0.74,
    jaw: 0.6,
    beard: 'full',
    light: 1,
    voice: { name: 'en-gb+m5', pitch: 48, wordsPerMinute: 172, size: 1.03 },
  },
  {
    skin: '#f3cdb2',
    hair: '#cf9f5c',
    hairStyle: 'bun',
    eyes: '#557a9c',
    lips: '#c26a6e',
    clothing: 'sweater',
    cloth: '#33507e',
    innerCloth: '#ffffff',
    room: 'living',
    faceWidth: 0.7,
    jaw: 0.3,
    glasses: '#6b2f2a',
    light: -1,
    voice: { name: 'en-gb-x-rp+f5', pitch: 66, wordsPerMinute: 158, size: 1.07 },
  },
];

/** The look of a plan's seed. */
export function lookOf(seed: number): Look {
  const count = LOOKS.length;
  return LOOKS[((seed % count) + count) % count] as Look;
}
