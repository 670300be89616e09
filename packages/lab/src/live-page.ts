/** The page of `plugfest lab serve`: it only listens, and writes what it hears as text, never as markup. */
export function livePage(nonce: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Plugfest lab</title><meta name="viewport" content="width=device-width">
<style nonce="${nonce}">${STYLE}</style></head><body>
<h1>Plugfest lab</h1>
<p id="link" role="status">connecting …</p>
<nav><label>Run <select id="runs"></select></label></nav>
<section aria-live="polite"><p id="summary"></p><progress id="progress" max="1" value="0"></progress></section>
<section><h2>Workers</h2><table id="workers"><thead><tr><th>name</th><th>cell</th><th>seen</th><th>cores</th><th>has</th><th>warm</th><th>ailments</th></tr></thead><tbody></tbody></table></section>
<section><h2>Heat map</h2><table id="heat"></table></section>
<section><h2>Results</h2><table id="results"><thead><tr><th>cell</th><th>verdict</th><th>took</th><th>worker</th><th>lost leases</th><th>why</th></tr></thead><tbody></tbody></table></section>
<script nonce="${nonce}">${SCRIPT}</script></body></html>
`;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:.5rem 0}th,td{border:1px solid #ccc;padding:.2rem .6rem;text-align:left;vertical-align:top}
progress{width:30rem;max-width:100%}
.pass{background:#c9ecd0}.fail{background:#f6bcbc}.error{background:#e6b3e6}.inconclusive{background:#f5e3a8}.unsupported,.not-run{background:#e3e3e3}
#link.lost{color:#b00}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}.pass,.fail,.error,.inconclusive,.unsupported,.not-run{color:#111}}
`;

/** Rows of the table of results; the worst and the latest are shown first. */
const MOST_ROWS = 500;

const SCRIPT = `
'use strict';
const by = (id) => document.getElementById(id);
const WORST = ['error', 'fail', 'inconclusive', 'pass', 'unsupported', 'not-run'];
let runs = [], chosen = '', results = new Map(), source;

function cell(text, className) {
  const td = document.createElement('td');
  td.textContent = text;
  if (className && WORST.includes(className)) td.className = className;
  return td;
}
function row(cells) {
  const tr = document.createElement('tr');
  tr.append(...cells);
  return tr;
}
function seconds(ms) { return (ms / 1000).toFixed(1) + ' s'; }

function showRuns() {
  const options = runs.map(({ id, title }) => new Option(title + ' (' + id + ')', id, false, id === chosen));
  by('runs').replaceChildren(...options);
  const run = runs.find(({ id }) => id === chosen);
  if (!run) { by('summary').textContent = 'no run yet'; return; }
  const done = Object.values(run.verdicts).reduce((a, b) => a + b, 0);
  const all = done + run.waiting + run.leased;
  const verdicts = Object.entries(run.verdicts).map(([verdict, count]) => count + ' ' + verdict).join(', ') || 'none ended yet';
  by('summary').textContent = done + ' of ' + all + ' cells: ' + verdicts + '; ' + run.leased + ' running, ' + run.waiting + ' waiting, '
    + run.withdrawn + ' withdrawn; ' + run.losses + ' leases lost, ' + run.lateResults + ' late results refused';
  by('progress').max = Math.max(1, all);
  by('progress').value = done;
}
function showWorkers(workers, nowMs) {
  by('workers').tBodies[0].replaceChildren(...workers.map((worker) => row([
    cell(worker.name), cell(worker.cell || ''), cell(seconds(Math.max(0, nowMs - worker.seenAtMs)) + ' ago'), cell(worker.cores),
    cell(worker.has.join(', ')), cell(worker.warm.join(', ')), cell(worker.ailments.join('; ')),
  ])));
}
function showResults() {
  const rank = ({ verdict }) => { const at = WORST.indexOf(verdict); return at < 3 ? at : 3; };
  const sorted = [...results.values()].sort((a, b) => rank(a) - rank(b) || b.settledAtMs - a.settledAtMs);
  by('results').tBodies[0].replaceChildren(...sorted.slice(0, ${MOST_ROWS}).map((result) => row([
    cell(result.key), cell(result.verdict, result.verdict), cell(seconds(result.durationMs)), cell(result.worker),
    cell(result.losses.length || ''), cell(result.reason || ''),
  ])));
  showHeat();
}
function valuesOf(key) {
  return Object.fromEntries(key.replace(/ #\\d+$/, '').split(/, (?=[^=,]+=)/).map((part) => { const at = part.indexOf('='); return [part.slice(0, at), part.slice(at + 1)]; }));
}
function showHeat() {
  const run = runs.find(({ id }) => id === chosen);
  const axes = run && run.detail && run.detail.heatMap;
  if (!Array.isArray(axes)) { by('heat').replaceChildren(); return; }
  const cells = new Map(), down = new Set(), across = new Set();
  for (const { key, verdict } of results.values()) {
    const values = valuesOf(key), a = values[axes[0]] || '', b = values[axes[1]] || '', at = a + '\\n' + b;
    down.add(a); across.add(b);
    cells.set(at, [...(cells.get(at) || []), verdict]);
  }
  const columns = [...across].sort();
  const head = row([axes.join(' ↓ ') + ' →', ...columns].map((text) => { const th = document.createElement('th'); th.textContent = text; return th; }));
  by('heat').replaceChildren(head, ...[...down].sort().map((a) => row([cell(a), ...columns.map((b) => {
    const verdicts = cells.get(a + '\\n' + b);
    if (!verdicts) return cell('');
    return cell(verdicts.filter((one) => one === 'pass').length + '/' + verdicts.length, WORST.find((one) => verdicts.includes(one)));
  })])));
}
function listen(run) {
  if (source) source.close();
  source = new EventSource('/events' + (run ? '?run=' + encodeURIComponent(run) : ''));
  source.onopen = () => { by('link').textContent = 'live'; by('link').className = ''; };
  source.onerror = () => { by('link').textContent = 'the lab does not answer; trying again …'; by('link').className = 'lost'; };
  source.addEventListener('begin', (event) => { chosen = JSON.parse(event.data).run; results = new Map(); showResults(); });
  source.addEventListener('status', (event) => {
    const status = JSON.parse(event.data);
    runs = status.runs;
    showRuns();
    showWorkers(status.workers, status.nowMs);
  });
  source.addEventListener('results', (event) => {
    for (const result of JSON.parse(event.data)) results.set(result.key, result);
    showResults();
  });
}
by('runs').addEventListener('change', (event) => listen(event.target.value));
listen('');
`;
