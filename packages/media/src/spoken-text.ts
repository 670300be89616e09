import { findEspeak, sayOnce } from './speech.ts';

/** A narrator's voice: clear and not in a hurry. */
const NARRATOR = { name: 'en', pitch: 45, wordsPerMinute: 150, size: 1 } as const;

/** One announcement, spoken: 48 kHz mono, -20 dBFS RMS while speaking. @throws SourceError where espeak-ng is missing or fails */
export async function speakText(text: string): Promise<Int16Array> {
  return sayOnce(await findEspeak(), NARRATOR, text);
}
