export { withComments } from './annotated-recording.ts';
export { expectedLoss } from './burst-loss.ts';
export { isCaptureFile } from './capture-packets.ts';
export * from './captured-datagrams.ts';
export * from './captured-sip.ts';
export * from './decrypt-capture.ts';
export { ImpairedLine, type LineCounts } from './impairment.ts';
export { keyLogLine, readMediaKeys, secretsOfKeys } from './media-keys.ts';
export type { Direction } from './media-relay.ts';
export * from './media-wire.ts';
export * from './network-profiles.ts';
export * from './packet-recorder.ts';
export * from './recorded-datagrams.ts';
export { withoutSecrets } from './recorded-secrets.ts';
export * from './redact.ts';
export {
  type LearnedSection,
  type RelayAddresses,
  type RewrittenDescription,
  rewriteDescription,
} from './sdp-rewrite.ts';
export * from './srtp-secret.ts';
export * from './stream-relay.ts';
export * from './transport-address.ts';
export type { DirectionStatistics, MLineCount, WireStatistics } from './wire-statistics.ts';
export { withoutMedia } from './without-media.ts';
