import type { Check, VerdictFile } from '@plugfest/model';
import { escapeMarkup } from './escape.ts';

/** One `<testsuite>` a run, one `<testcase>` a check. A `should` or `may` that fails is a warning: it passes, with the warning in `<system-out>`. */
export function renderJunit(verdict: VerdictFile): string {
  const cases = verdict.checks.length > 0 ? verdict.checks.map(renderCheck) : [renderBareVerdict(verdict)];
  const count = (tag: string): number => cases.filter((text) => text.includes(`<${tag} `)).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="plugfest">`,
    ` <testsuite name="${escapeMarkup(verdict.scenario)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${(verdict.durationMs / 1000).toFixed(3)}" timestamp="${escapeMarkup(verdict.startedAt)}">`,
    ` <properties><property name="seed" value="${verdict.seed}"/><property name="verdict" value="${verdict.verdict}"/></properties>`,
    ...cases,
    ' </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const warns = ({ level, verdict }: Check): boolean => level !== 'must' && verdict !== 'pass';

function renderCheck(check: Check): string {
  const said = escapeMarkup(`${check.measured} (limit: ${check.limit}; ${check.cites})`);
  return element(
    check.id,
    check.title,
    warns(check) ? `<system-out>warning: ${said}</system-out>` : outcome(check.verdict, said),
  );
}

function renderBareVerdict({ scenario, title, verdict, reason }: VerdictFile): string {
  return element('run', title || scenario, outcome(verdict, escapeMarkup(reason ?? verdict)));
}

function outcome(verdict: Check['verdict'], said: string): string {
  switch (verdict) {
    case 'pass':
      return '';
    case 'fail':
    case 'inconclusive':
      return `<failure type="${verdict}" message="${said}"/>`;
    case 'error':
      return `<error type="error" message="${said}"/>`;
    case 'unsupported':
    case 'not-run':
      return `<skipped message="${verdict}: ${said}"/>`;
  }
}

function element(id: string, title: string, inside: string): string {
  return `  <testcase classname="${escapeMarkup(id)}" name="${escapeMarkup(title)}">${inside}</testcase>`;
}
