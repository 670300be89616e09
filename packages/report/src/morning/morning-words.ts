import {
  type CellValues,
  type Delta,
  type Difference,
  type RolledCell,
  ratioInWords,
  type Since,
  tellingAttempt,
} from '@plugfest/history';
import type { Morning } from './morning.ts';

/** `1.4 s`, `12 min`, `3.5 h`. */
export function timeInWords(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** A cell for people: the two axes of the heat map first, then the others as the matrix has them. */
export function cellInWords({ run }: Morning, values: CellValues): string {
  const axes = [...new Set([...run.head.heatMap, ...Object.keys(values)])].filter((axis) => values[axis] !== undefined);
  return axes.map((axis) => `${axis}=${values[axis]}`).join(', ');
}

/** Deltas that are news: what is as it was expected, or new and good, is counted only. */
export function newsOf({ deltas }: Morning): Delta[] {
  return deltas.filter(({ kind, now }) => !QUIET.includes(kind) && !(kind === 'NEW' && now === 'pass'));
}
const QUIET: readonly string[] = ['XFAIL', 'STILL FAILING'];

/** The morning's first line. */
export function firstLine(morning: Morning): string {
  const { head } = morning.run;
  const incomplete =
    head.missingShards.length > 0 ? `INCOMPLETE: shard ${head.missingShards.join(', ')} missing. ` : '';
  const news = newsOf(morning);
  const [worst] = news;
  if (!worst) return `${incomplete}Nothing changed: ${countsInWords(morning)}`;
  const same = news.filter(({ kind }) => kind === worst.kind).length;
  const cell = morning.cells.find(({ key }) => key === worst.key);
  const why = cell && worst.now !== 'pass' ? whyOf(cell) : '';
  const since = morning.since.get(worst.key);
  return [
    `${incomplete}${worst.kind}: ${cellInWords(morning, worst.values)}${same > 1 ? ` and ${same - 1} more` : ''}`,
    ...(why ? [why] : []),
    ...(since && worst.now !== 'pass' ? [sinceInWords(since)] : []),
  ].join(' – ');
}

/** What regressions have in common, where something does. */
export function suspectInWords({ suspect }: Morning): string | undefined {
  if (!suspect) return undefined;
  const { values, worse, judged, others } = suspect;
  const named = Object.entries(values)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(' and ');
  return `All ${worse} that became worse have ${named}: ${worse} of the ${judged} cells with it, none of the ${others} without.`;
}

/** `first bad: night-2, last good: night-1, differs: …` */
export function sinceInWords({ firstBad, lastGood, unjudgedBetween, differs }: Since): string {
  if (!lastGood) return `first bad: ${firstBad.run}; no run before saw it pass`;
  const between = unjudgedBetween > 0 ? ` (${unjudgedBetween} between did not judge it)` : '';
  const what = differs.length > 0 ? differs.map(differenceInWords).join(', ') : 'nothing that is recorded';
  return `first bad: ${firstBad.run}, last good: ${lastGood.run}${between}; differs: ${what}`;
}

export function differenceInWords({ of, name, was, is }: Difference): string {
  const [before, after] = [was, is].map((text) => (text === undefined ? 'none' : short(text)));
  return `${NOUNS[of]} ${name} (${before} → ${after})`;
}
const NOUNS = { versions: 'version of', digests: 'sources of', params: 'parameter' } as const;
const short = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text);

/** What was not as it must be, of the attempt that tells most. */
export function whyOf(cell: RolledCell): string {
  const attempt = tellingAttempt(cell);
  const [first = '', ...rest] = attempt?.reason ? attempt.reason.split('\n').slice(0, 1) : (attempt?.failed ?? []);
  return rest.length > 0 ? `${first} (and ${rest.length} more)` : first;
}

/** Every attempt and their sum: `flaky 2/3 (21–94 %): fail, pass, pass`; nothing for a single one. */
export function attemptsInWords({ attempts, ratio, state }: RolledCell): string {
  if (attempts.length < 2) return '';
  return `${state} ${ratioInWords(ratio)}: ${attempts.map(({ verdict }) => verdict).join(', ')}`;
}

/** `88 cells: 80 pass, 2 fail, 6 unjudged` */
export function countsInWords({ cells }: Morning): string {
  const counts = Map.groupBy(cells, ({ state }) => state);
  const said = (['pass', 'fail', 'flaky', 'error', 'unjudged'] as const).flatMap((state) => {
    const count = counts.get(state)?.length;
    return count ? [`${count} ${state}`] : [];
  });
  return `${cells.length} cells: ${said.join(', ') || 'none'}`;
}

export function coverageInWords({ coverage }: Morning): string {
  const { covered, possible, strength, judged, cells } = coverage;
  const percent = possible > 0 ? ` (${((100 * covered) / possible).toFixed(1)} %)` : '';
  return `${covered} of ${possible} possible combinations of ${strength} values seen${percent}, in ${judged} of ${cells} cells`;
}

export function costInWords({ cost }: Morning): string {
  const { attempts, repeats, machineMs, cpuMs, evidenceBytes } = cost;
  return [
    `${attempts} attempts${repeats > 0 ? `, ${repeats} of them repeats` : ''}`,
    `${timeInWords(machineMs)} of machine`,
    ...(cpuMs ? [`${timeInWords(cpuMs)} of processor`] : []),
    ...(evidenceBytes ? [`${(evidenceBytes / 1e6).toFixed(0)} MB of evidence`] : []),
  ].join(', ');
}
