export * from './burst-metrics.ts';
export * from './packet-rating.ts';
export * from './transmission-rating.ts';
export * from './wideband-rating.ts';
