export * from './defect.ts';
export * from './exchange.ts';
export * from './media-sections.ts';
export * from './probe.ts';
export * from './probe-call.ts';
export * from './sent-media.ts';
