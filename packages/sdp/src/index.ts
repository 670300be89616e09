export type * from './capabilities.ts';
export type * from './ice-candidate.ts';
export type * from './local-session.ts';
export type * from './negotiated-media.ts';
export * from './pending.ts';
export type * from './sdes-key.ts';
export type * from './session-description.ts';
