import { escapeMarkup } from '@plugfest/report';
import type { Certificate, CertificateRow } from './certificate.ts';

const STYLE = `
:root{color-scheme:light;--ink:#1c2430;--dim:#5b6675;--line:#d9dee6;--good:#17693b;--bad:#a4231d;--open:#7a5a00}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.result{font-size:1.3rem;font-weight:700}.PASSED,.pass{color:var(--good)}.FAILED,.fail,.inconclusive{color:var(--bad)}
.unsupported,.not-exercised{color:var(--open)}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere}td:nth-child(-n+2):not(:last-child){white-space:nowrap}code{font-size:.85em}small{color:var(--dim)}
@media print{h2{break-after:avoid}tr{break-inside:avoid}}`;

const OUTCOMES = ['pass', 'fail', 'inconclusive', 'not-exercised', 'unsupported'] as const;

/** The certificate for people: one HTML file without scripts. What was left out comes first. */
export function certificatePage(certificate: Certificate, keyId: string): string {
  const { endpoint, suite, result, rows, trials, environment, issuedAt, validUntil, suiteDigest } = certificate;
  const text = escapeMarkup;
  const counts = OUTCOMES.map((outcome) => `${rows.filter((row) => row.outcome === outcome).length} ${outcome}`).join(
    ', ',
  );
  const left = rows.filter(({ outcome }) => outcome === 'unsupported' || outcome === 'not-exercised');
  const facts: readonly (readonly [string, string])[] = [
    ['Vendor', endpoint.vendor],
    ['Version', endpoint.version],
    ['Run as', `${endpoint.kind}, ${endpoint.profile}`],
    ['Suite', `${suite} (${rows.length} requirements, ${suiteDigest.slice(0, 16)})`],
    ['Issued', issuedAt],
    ['Valid until', validUntil],
    ['Signed by', keyId],
    ...Object.entries(environment),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width"><title>${text(endpoint.name)}: certificate</title><style>${STYLE}</style></head><body>
<h1>${text(endpoint.name)}</h1>
<p class="result ${result}">${result}</p><p>${text(counts)}</p>
<table>${facts.map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`).join('')}</table>
<h2>What was left out</h2>
${left.length === 0 ? '<p>Nothing.</p>' : tableOf(left)}
<h2>What failed</h2>
${failures(rows)}
<h2>All requirements</h2>
${tableOf(rows)}
<h2>Runs</h2>
<table><tr><th>Trial</th><th>Run</th><th>Verdict</th><th>Evidence</th></tr>${trials
    .map(
      (trial) =>
        `<tr><td>${text(trial.what)}</td><td><code>${text(trial.runId)}</code></td><td>${text(trial.verdict)}</td><td><code>${text(trial.evidence)}</code></td></tr>`,
    )
    .join('')}</table>
</body></html>
`;
}

function failures(rows: readonly CertificateRow[]): string {
  const failed = rows.filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive');
  return failed.length === 0 ? '<p>Nothing.</p>' : tableOf(failed);
}

function tableOf(rows: readonly CertificateRow[]): string {
  const text = escapeMarkup;
  const line = ({ id, level, text: what, cites, outcome, seen }: CertificateRow): string =>
    `<tr><td class="${outcome}">${outcome}</td><td>${level}</td><td>${text(what)}<br><small><code>${text(id)}</code> ${text(cites)}</small></td><td>${text(seen)}</td></tr>`;
  return `<table><tr><th>Outcome</th><th>Level</th><th>Requirement</th><th>Seen</th></tr>${rows.map(line).join('')}</table>`;
}
