import { spawnOwned } from '@plugfest/host';

const known = new Map<string, Promise<ReadonlySet<string>>>();

/** Names of the encoders that an ffmpeg was built with; it is asked once. */
export function encodersOf(ffmpeg: string): Promise<ReadonlySet<string>> {
  let encoders = known.get(ffmpeg);
  if (!encoders) {
    encoders = ask(ffmpeg);
    known.set(ffmpeg, encoders);
  }
  return encoders;
}

async function ask(ffmpeg: string): Promise<ReadonlySet<string>> {
  await using asking = spawnOwned(ffmpeg, ['-hide_banner', '-encoders'], { name: 'ffmpeg -encoders' });
  const text = (await asking.stdout.setEncoding('utf8').toArray()).join('');
  return new Set(Array.from(text.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm), ([, name = '']) => name));
}
