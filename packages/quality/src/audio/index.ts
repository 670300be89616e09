export * from './compare-sound.ts';
export * from './sound.ts';
export { BANDWIDTHS, type BandwidthClass, bandwidthClassOf } from './sound-spectrum.ts';
