export * from './compare-sound.ts';
export * from './sound.ts';
