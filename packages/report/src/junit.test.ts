import { execFileSync } from 'node:child_process';
import type { Check, VerdictFile } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { renderJunit } from './junit.ts';

const check = (id: string, level: Check['level'], verdict: Check['verdict'], measured = 'x'): Check => ({
  id,
  title: `title of ${id} ]]> <b>`,
  level,
  verdict,
  cites: 'RFC 3261 §1',
  measured,
  limit: '1',
  participants: [],
  evidence: [],
});

const verdict = (checks: Check[], rest: Partial<VerdictFile> = {}): VerdictFile => ({
  version: 1,
  id: 'r',
  scenario: 's',
  title: '',
  verdict: 'fail',
  seed: 1,
  startedAt: '2026-01-01T00:00:00Z',
  durationMs: 1234,
  reportDir: '',
  checks,
  stagesMs: {},
  ...rest,
});

/** Python's expat is the parser that is nearest at hand and not ours. */
function wellFormed(xml: string): boolean {
  execFileSync('python3', ['-c', 'import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())'], {
    input: xml,
  });
  return true;
}

describe('JUnit', () => {
  it('counts failures, and lets a should that fails pass with a warning', () => {
    const xml = renderJunit(
      verdict([
        check('a', 'must', 'pass'),
        check('b', 'must', 'fail'),
        check('c', 'should', 'fail'),
        check('d', 'must', 'not-run'),
      ]),
    );
    expect(xml).toContain('tests="4" failures="1" errors="0" skipped="1"');
    expect(xml).toContain('<system-out>warning:');
  });

  it('is well-formed whatever peers sent', ({ skip }) => {
    try {
      execFileSync('python3', ['--version']);
    } catch {
      skip('python3 is missing: nobody here checks the XML');
    }
    expect(
      wellFormed(renderJunit(verdict([check('a"<', 'must', 'fail', 'ctl \u0001\u001b[31m ]]> & " \ufffe')]))),
    ).toBe(true);
  });

  it('says why where nothing was judged', () => {
    expect(renderJunit(verdict([], { verdict: 'error', reason: 'the <bridge> died' }))).toContain(
      'the &lt;bridge&gt; died',
    );
    expect(renderJunit(verdict([], { verdict: 'not-run', reason: 'no sipp' }))).toContain('skipped="1"');
  });
});
