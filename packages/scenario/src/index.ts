export {
  BRIDGE_CAPABILITIES,
  CAPABILITIES,
  type Capabilities,
  declaredImpossible,
  declaredOnly,
  HEADED_VARIABLE,
  NotSupported,
  type PageObject,
  type PageVisit,
  undeclaredButWorking,
} from '@plugfest/endpoints';
export type { Expectation, ExternalSpec } from '@plugfest/model';
export { unsupportedNeeds } from './bridges/bridge-needs.ts';
export { Unsupported } from './bridges/conference-bridge.ts';
export { JANUS } from './bridges/janus/janus-config.ts';
export { parseConferenceAddress } from './bridges/sip-uri-bridge.ts';
export * from './bug.ts';
export { commentPackets, commentsOf } from './comment-packets.ts';
export * from './definition.ts';
export * from './event-log.ts';
export * from './expand.ts';
export * from './expectations.ts';
export * from './judge/bounds.ts';
export * from './judge/judge.ts';
export * from './judge/rule.ts';
export * from './limits/limit-profiles.ts';
export * from './matrix-definition.ts';
export * from './participants.ts';
export * from './replay/message-difference.ts';
export * from './replay/recorded-call.ts';
export { steadyText } from './replay/volatile-values.ts';
export * from './run/environment.ts';
export * from './run/perform-run.ts';
export * from './run/requirements.ts';
export { SipTrace } from './run/sip-trace.ts';
export type { StageWatch } from './run/watched-stage.ts';
export * from './run-directory.ts';
export * from './sabotage.ts';
export * from './scenario-file.ts';
export * from './script/format-scenario-file.ts';
export * from './script/record-script.ts';
export * from './script/scripted-scenario.ts';
export * from './streams/measure-streams.ts';
export * from './truth-table.ts';
