export { escapeMarkup } from './escape.ts';
export * from './file-page.ts';
export type * from './file-page-data.ts';
export * from './junit.ts';
export * from './read-run.ts';
export * from './render.ts';
export type * from './report-data.ts';
