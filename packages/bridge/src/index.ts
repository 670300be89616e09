export * from './bridge.ts';
export * from './bridge-process.ts';
export * from './config.ts';
