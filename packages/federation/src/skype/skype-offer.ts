/** v1 came through a media gateway and had sound only; v2, of December 2014, has pictures. @see FEDERATION §2 */
export type SkypeGeneration = 'v1' | 'v2';

const PICTURE = /^m=video /;

/** What a client of that generation is offered: v1 is not told of pictures, nor of sound in anything but G.722 where that is offered. */
export function offerFor(generation: SkypeGeneration, offer: string): string {
  if (generation === 'v2') return offer;
  const [session = '', ...media] = sectionsOf(offer);
  return [session, ...media.filter((section) => !PICTURE.test(section)).map(onlyG722)].join('');
}

/** The answer to the whole offer, from one to what `offerFor` left of it: each line that was not shown is refused in its place. @see RFC 3264 §6 */
export function answerFor(generation: SkypeGeneration, offer: string, answer: string): string {
  if (generation === 'v2') return answer;
  const [session = '', ...answers] = sectionsOf(answer);
  const [, ...offered] = sectionsOf(offer);
  return [session, ...offered.map((section) => (PICTURE.test(section) ? refused(section) : answers.shift()))].join('');
}

function sectionsOf(description: string): string[] {
  return description.split(/(?=^m=)/m);
}

function refused(section: string): string {
  const line = section.split(/\r?\n/, 1)[0] ?? '';
  return `${line.replace(/^m=video \d+(\/\d+)?/, 'm=video 0')}\r\n`;
}

/** G.722 has the static payload type 9. @see RFC 3551 §6 */
function onlyG722(section: string): string {
  const match = /^(m=audio \S+ \S+) ([\d ]+)/.exec(section);
  if (match === null || !match[2]?.split(' ').includes('9')) return section;
  const lines = section.split(/(?<=\n)/).filter((line) => !/^a=(rtpmap|fmtp|rtcp-fb):(?!9 )\d+ /.test(line));
  return lines.join('').replace(match[0], `${match[1]} 9`);
}
