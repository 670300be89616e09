export * from './compare-sound.ts';
export * from './sound.ts';
export { BANDWIDTHS, type BandwidthClass, bandwidthClassOf } from './sound-spectrum.ts';
export { type DtmfDigit, DtmfReader, findDtmf, tonePower } from './tone-detection.ts';
