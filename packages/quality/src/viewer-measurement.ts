import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePng, type ParticipantSource, readCapture } from '@plugfest/media';
import type { Measured, Plan, ViewerMeasurement, VoiceMeasurement } from '@plugfest/model';
import { corroborate } from './corroboration.ts';
import { notMeasured } from './distribution.ts';
import { measureInteraction } from './interaction-measurement.ts';
import { measurePackets } from './packet-statistics.ts';
import { PicturePass } from './picture-pass.ts';
import { rateOf } from './picture-rate.ts';
import type { ReferencePictures } from './reference-pictures.ts';
import type { RunFacts } from './run-facts.ts';
import { SoundMeasurement } from './sound-measurement.ts';
import { measureTile } from './tile-measurement.ts';
import type { KnownVoice, TemplateCache } from './voice-measurement.ts';

/** What measuring needs of the participants' sources. */
export interface Sources {
  readonly sources: ReadonlyMap<string, ParticipantSource>;
  /** Why those that are missing are. */
  readonly faults: ReadonlyMap<string, string>;
  readonly references: ReferencePictures;
  readonly templates: TemplateCache;
}

/** A capture that ends (or begins) so much before the window does was cut. */
const EDGE_US = 500_000;
/** Times in a capture are whole milliseconds. */
const RESOLUTION_MS = 0.5;

/** Measures what one participant saw and heard. A capture that cannot be used is said so in `capture.fault`; nothing is thrown for it. */
export async function measureViewer(
  dir: string,
  plan: Plan,
  facts: RunFacts,
  viewer: string,
  { sources, faults, references, templates }: Sources,
): Promise<ViewerMeasurement> {
  const file = `captures/${viewer}.mkv`;
  const window = {
    fromUs: facts.mediaStartUs,
    toUs: Math.min(facts.mediaEndUs, facts.leftUs[viewer] ?? facts.mediaEndUs),
  };
  const pass = new PicturePass({ plan, views: facts.views[viewer] ?? [], ...window, sources, references });
  const clockErrorUs = facts.clockErrorUs[viewer];
  const witnesses = facts.witnesses[viewer];
  const others = facts.joined.filter((id) => id !== viewer);
  const known = [...others, viewer].map((id) => knownVoice(id, sources, facts));
  const sound = new SoundMeasurement(window, known, templates);
  const readFault = await readInto(join(dir, file), pass, sound);
  const voices = sound.finish();
  const tiles = [...pass.records.values()].map((record) =>
    measureTile(
      record,
      {
        ...window,
        pictures: pass.pictures,
        firstPictureUs: pass.firstUs,
        lastPictureUs: pass.lastUs,
        nominalFrameRate: plan.participants.find(({ id }) => id === record.participant)?.video.frameRate ?? 15,
        unscored: faults.get(record.participant),
      },
      voices.find(({ participant }) => participant === record.participant),
    ),
  );
  return {
    viewer,
    capture: {
      file,
      videoFrames: pass.pictures,
      audioMs: Math.round(sound.capturedMs),
      droppedFrames: facts.droppedFrames[viewer] ?? 0,
      fault: readFault ?? faultOf(pass, sound, sound.capturedMs, window),
      clockErrorMs: clockErrorOf(clockErrorUs),
    },
    frameRate:
      pass.pictures === 0
        ? notMeasured('no picture was captured')
        : rateOf(pass.newPictureUs, window, 'captured pictures in which any seat is new'),
    tiles: tiles.sort((a, b) => a.seat - b.seat),
    voices: voices.slice(0, -1),
    ownVoice: voices.at(-1) as VoiceMeasurement,
    picture: pass.best && writePicture(dir, viewer, pass.best.frame),
    packets: measurePackets(facts.packets[viewer]),
    interaction: measureInteraction({
      calledUs: facts.calledUs[viewer],
      firstPictureUs: pass.firstCapturedUs,
      firstSoundUs: sound.firstHeardUs,
      viewChanges: pass.viewChanges,
      clockErrorMs: (clockErrorUs ?? 0) / 1000,
    }),
    corroborations: witnesses ? corroborate(witnesses, pass.captured) : [],
  };
}

/** Returns why the capture could not be read, or not to its end. What fails in measuring is not the capture's fault and is thrown. */
async function readInto(path: string, pass: PicturePass, sound: SoundMeasurement): Promise<string | undefined> {
  if (!existsSync(path)) return 'there is no capture';
  const items = readCapture(path, { reuse: true })[Symbol.asyncIterator]();
  for (;;) {
    let next: Awaited<ReturnType<typeof items.next>>;
    try {
      next = await items.next();
    } catch (error) {
      return `the capture cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (next.done) return undefined;
    if (next.value.kind === 'video') pass.look(next.value.frame);
    else sound.add(next.value.chunk);
  }
}

/** The file's whole milliseconds, and where the endpoint has a clock of its own the error of its mapping. */
function clockErrorOf(mappingUs: number | undefined): Measured {
  const value = RESOLUTION_MS + (mappingUs ?? 0) / 1000;
  const method =
    mappingUs === undefined ? 'the run’s own clock; file in ms' : 'half the fastest round trip; file in ms';
  return { value, unit: 'ms', n: 1, low: 0, high: value, method: `largest error: ${method}` };
}

/** What is wrong with a capture as a whole. Pictures that stop while the sound goes on are the endpoint's fault, not the capture's. */
function faultOf(
  pass: PicturePass,
  sound: SoundMeasurement,
  soundMs: number,
  { fromUs, toUs }: { fromUs: number; toUs: number },
): string | undefined {
  if (toUs <= fromUs) return 'no time was measured';
  if (pass.pictures === 0 && soundMs === 0) return 'neither picture nor sound was captured while media were measured';
  if (pass.pictures === 0) return 'no picture was captured while media were measured';
  if (soundMs === 0) return 'no sound was captured while media were measured';
  const firstUs = Math.min(pass.firstUs ?? toUs, sound.firstUs ?? toUs);
  const lastUs = Math.max(pass.lastUs ?? fromUs, sound.lastUs ?? fromUs);
  if (lastUs < toUs - EDGE_US)
    return `the capture ends ${((toUs - lastUs) / 1e6).toFixed(1)} s before the measured time does`;
  if (firstUs > fromUs + EDGE_US)
    return `the capture begins ${((firstUs - fromUs) / 1e6).toFixed(1)} s after the measured time does`;
  return undefined;
}

function knownVoice(id: string, sources: ReadonlyMap<string, ParticipantSource>, facts: RunFacts): KnownVoice {
  const source = sources.get(id);
  const startedUs = facts.sourceStartedUs[id];
  const isKnown = source !== undefined && startedUs !== undefined;
  return {
    participant: id,
    spokenFrom: isKnown ? (atUs, samples) => source.speechAt(atUs - startedUs, samples) : undefined,
  };
}

function writePicture(dir: string, viewer: string, frame: Parameters<typeof encodePng>[0]): string {
  const picture = `pictures/${viewer}.png`;
  mkdirSync(dirname(join(dir, picture)), { recursive: true });
  writeFileSync(join(dir, picture), encodePng(frame));
  return picture;
}
