export * from './junit.ts';
export * from './read-run.ts';
export * from './render.ts';
export type * from './report-data.ts';
