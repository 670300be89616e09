import type { Capabilities } from './capabilities.ts';

/** What a call was seen to do. */
export interface SeenCall {
  /** Encoding names of what was agreed. */
  readonly audioCodec: string;
  readonly videoCodec: string;
  /** What it did in the call, and was answered well. */
  readonly renewed?: boolean;
  readonly held?: boolean;
  readonly pressedKeys?: boolean;
}

/** What works though the manifest does not say it: a finding each, so that the manifest is mended or the endpoint is. */
export function undeclaredButWorking(who: string, manifest: Capabilities, seen: SeenCall): string[] {
  const has = (codecs: Capabilities['audio'], name: string): boolean =>
    codecs.some((codec) => codec.name.toLowerCase() === name.toLowerCase());
  const deeds: readonly (readonly [boolean, string])[] = [
    [!has(manifest.audio, seen.audioCodec), `audio ${seen.audioCodec}`],
    [!has(manifest.video, seen.videoCodec), `video ${seen.videoCodec}`],
    [seen.renewed === true && !manifest.offers.includes('renewed'), 'offers in the call'],
    [seen.held === true && !manifest.hold, 'hold'],
    [seen.pressedKeys === true && !manifest.dtmf.includes('telephone-event'), 'telephone-events'],
  ];
  return deeds.flatMap(([isFinding, what]) => (isFinding ? [`${who} does not declare ${what}, and does it`] : []));
}
