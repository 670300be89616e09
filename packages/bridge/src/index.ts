export * from './bridge.ts';
export * from './bridge-events.ts';
export * from './bridge-process.ts';
export * from './config.ts';
export * from './start-bridge.ts';
