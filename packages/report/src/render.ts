import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import type { VerdictFile } from '@plugfest/model';
import { RunDirectory } from '@plugfest/scenario';
import { escapeMarkup, jsonForScript } from './escape.ts';
import { renderJunit } from './junit.ts';
import { DATA_PLACE, pageTemplate } from './page-template.ts';
import { readRun } from './read-run.ts';
import type { ReportData } from './report-data.ts';

/** The page of one run: a pure function of its artefacts. */
export async function renderPage(data: ReportData): Promise<string> {
  const template = await pageTemplate();
  const title = `${data.verdict.verdict}: ${data.verdict.title || data.verdict.scenario}`;
  // Functions as replacements: `$&` in what a peer sent must stay text.
  return template
    .replace(/<title>.*?<\/title>/, () => `<title>${escapeMarkup(title)} – Plugfest</title>`)
    .replace(DATA_PLACE, () => DATA_PLACE.replace('></', () => `>${jsonForScript(data)}</`));
}

/** Writes `index.html` and `junit.xml` of a run, and the list of runs above it. */
export async function writeReport(directory: RunDirectory): Promise<void> {
  const data = readRun(directory);
  await writeFileAtomically(directory.file('index.html'), await renderPage(data));
  await writeFileAtomically(directory.file('junit.xml'), renderJunit(data.verdict));
}

/** Writes `index.html` of the directory that holds the runs, newest first. */
export async function writeRunList(reportsDir: string): Promise<void> {
  await writeFileAtomically(join(reportsDir, 'index.html'), renderRunList(runsIn(reportsDir)));
}

function runsIn(reportsDir: string): VerdictFile[] {
  return readdirSync(reportsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(reportsDir, entry.name, 'verdict.json')))
    .flatMap((entry) => {
      try {
        return [{ ...new RunDirectory(join(reportsDir, entry.name)).readVerdict(), id: entry.name }];
      } catch {
        return []; // Half-written or of another version: it is not listed, and `plugfest report` on it says why.
      }
    })
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** The list of runs, newest first as given: a page without any script. */
export function renderRunList(runs: readonly VerdictFile[]): string {
  const rows = runs.map(
    ({ id, scenario, title, verdict, startedAt, durationMs }) =>
      `<tr><td class="${verdict}">${verdict}</td><td><a href="${encodeURIComponent(id.toWellFormed())}/index.html">${escapeMarkup(title || scenario)}</a></td>` +
      `<td>${escapeMarkup(startedAt.replace('T', ' ').slice(0, 19))}</td><td>${(durationMs / 1000).toFixed(1)} s</td><td><code>${escapeMarkup(id)}</code></td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Plugfest runs</title><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:3rem auto;padding:0 1.5rem}
table{border-collapse:collapse;width:100%}td,th{padding:.5rem .75rem;text-align:left;border-bottom:1px solid #8884}
td:first-child{font-weight:600}.pass{color:#1a9c52}.fail,.error{color:#d33a3a}.inconclusive,.unsupported,.not-run{color:#b07a00}code{font-size:.85em;opacity:.7}
</style></head><body><h1>Plugfest runs</h1><table><thead><tr><th>Verdict</th><th>Scenario</th><th>Started</th><th>Took</th><th>Run</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></body></html>
`;
}
