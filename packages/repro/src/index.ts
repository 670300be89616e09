export * from './bundle-fault.ts';
export * from './bundle-manifest.ts';
export * from './compare-runs.ts';
export * from './open-bundle.ts';
export * from './scenario-sources.ts';
export * from './write-bundle.ts';
