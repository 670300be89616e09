export * from './burst-metrics.ts';
export * from './transmission-rating.ts';
export * from './wideband-rating.ts';
