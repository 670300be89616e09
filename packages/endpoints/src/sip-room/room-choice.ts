import type { ParticipantPlan } from '@plugfest/model';
import type { RoomCodec, RoomProfile, RoomSection } from './room-profile.ts';

/** What of all that it can a room offers this time. */
export type RoomChoice = NonNullable<ParticipantPlan['offers']>;

/**
 * The profile with the choice made: one audio codec beside the keys, one packetization mode, media in the clear or keyed in the description.
 * @throws RangeError for what the profile does not have
 */
export function chosenFrom(profile: RoomProfile, { audio, packetizationMode, keying }: RoomChoice = {}): RoomProfile {
  const [sound, pictures, ...more] = profile.sections;
  const kept = (section: RoomSection, what: string, keep: (codec: RoomCodec) => boolean): RoomSection => {
    const codecs = section.codecs.filter(keep);
    if (codecs.every(isAboutKeys)) throw new RangeError(`this room has no ${what} to offer`);
    return { ...section, codecs };
  };
  const keyed = (section: RoomSection): RoomSection =>
    keying === 'SDES' && section.protocol === 'RTP/AVP' ? { ...section, protocol: 'RTP/SAVP' } : section;
  const audioOnly =
    audio === undefined ? sound : kept(sound, audio, (codec) => isAboutKeys(codec) || isNamed(codec, audio));
  const videoOnly =
    packetizationMode === undefined
      ? pictures
      : kept(pictures, `packetization-mode=${packetizationMode}`, (codec) => modeOf(codec) === packetizationMode);
  return { ...profile, sections: [keyed(audioOnly), keyed(videoOnly), ...more.map(keyed)] };
}

const isAboutKeys = ({ rtpmap }: RoomCodec): boolean => rtpmap.startsWith('telephone-event/');
const isNamed = ({ rtpmap }: RoomCodec, name: string): boolean =>
  rtpmap.split('/')[0]?.toLowerCase() === name.toLowerCase();

/** Absent is 0. @see RFC 6184 §8.1 */
function modeOf({ rtpmap, fmtp }: RoomCodec): number | undefined {
  if (!rtpmap.startsWith('H264/')) return undefined;
  return Number(/packetization-mode=(\d)/.exec(fmtp ?? '')?.[1] ?? 0);
}
