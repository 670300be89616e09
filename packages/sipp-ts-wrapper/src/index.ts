export type { Action } from './action.ts';
export type { SippCommand } from './command-channel.ts';
export { parseErrors, type SippError, type UnexpectedMessage } from './error-trace.ts';
export * from './flows/answer-flow.ts';
export * from './flows/call-flow.ts';
export * from './flows/request.ts';
export { formatScenario, ScenarioFault } from './format-scenario.ts';
export type { HeaderName } from './header-name.ts';
export { MessageTrace, type SippMessage } from './message-trace.ts';
export type { SippOutcome, TimeoutCause } from './outcome.ts';
export { CallFault, describeOutcome, type FinalResponse, SippCall, type SippCallOptions } from './sipp-call.ts';
export type { SippOptions, SippTransport } from './sipp-options.ts';
export * from './sipp-process.ts';
export { type FailureCause, parseStatistics, type SippStatistics } from './statistics.ts';
export * from './step.ts';
export {
  authentication,
  type BranchOf,
  branchOf,
  field,
  type Keyword,
  keyword,
  lastHeader,
  parameter,
  sip,
  type Text,
  variable,
} from './text.ts';
