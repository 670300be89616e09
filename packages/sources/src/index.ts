export * from './source-digests.ts';
export * from './source-graph.ts';
