export * from './distribution.ts';
export * from './fourier-transform.ts';
export * from './freeze-detection.ts';
export * from './luma-comparison.ts';
export * from './luma-plane.ts';
export * from './measure-run.ts';
