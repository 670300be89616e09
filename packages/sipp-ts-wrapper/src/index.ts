export { parseMessageTrace, type TracedMessage } from './message-trace.ts';
export * from './scenario-xml.ts';
export * from './sipp-process.ts';
export { parseStatistics, type SippStatistics } from './statistics.ts';
