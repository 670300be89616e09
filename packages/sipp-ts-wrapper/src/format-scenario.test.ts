import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatScenario, ScenarioFault } from './format-scenario.ts';
import {
  awaitCommand,
  label,
  linger,
  pause,
  perform,
  receiveRequest,
  receiveResponse,
  type Scenario,
  type Step,
  send,
  tell,
} from './step.ts';
import { branchOf, field, keyword, lastHeader, sip, variable } from './text.ts';

const scenario = (...steps: Step[]): Scenario => ({ name: 'a "quoted" & <named> one', steps });
const xmlOf = (...steps: Step[]): string => formatScenario(scenario(...steps));
const codeOf = (...steps: Step[]): string => {
  try {
    formatScenario(scenario(...steps));
  } catch (fault) {
    if (fault instanceof ScenarioFault) return fault.code;
    throw fault;
  }
  return 'none';
};

describe('formatScenario', () => {
  it('names the scenario, escaped', () => {
    expect(xmlOf(pause(5))).toContain('<scenario name="a &quot;quoted&quot; &amp; &lt;named&gt; one">');
  });

  it.each<[string, Step, string]>([
    ['an optional response', receiveResponse(183, { optional: true }), '<recv response="183" optional="true"/>'],
    [
      'a request with everything',
      receiveRequest('INVITE', {
        recordRoutes: true,
        timeoutMs: 20,
        onTimeout: 'x',
        next: 'x',
        nextIf: 'v',
        lossRatio: 0.1,
      }),
      '<recv request="INVITE" timeout="20" ontimeout="x" rrs="true" lost="10" next="x" test="v"/>',
    ],
    ['a challenge', receiveResponse(401, { authenticate: true }), '<recv response="401" auth="true"/>'],
    ['timers', receiveResponse(200, { stopTimer: 'setup' }), '<recv response="200" rtd="setup"/>'],
    ['a pause', pause(250, { chance: 0.5, next: 'x' }), '<pause milliseconds="250" next="x" chance="0.5"/>'],
    ['nothing', perform({ counter: 'n' }), '<nop counter="n"/>'],
    ['waiting for a command', awaitCommand({ next: 'x' }), '<recvCmd next="x"/>'],
    ['a word to the owner', tell('up'), '<sendCmd><![CDATA[\nCall-ID: [call_id]\nCommand: up\n\n]]></sendCmd>'],
    ['lingering', linger(4000), '<timewait milliseconds="4000"/>'],
    [
      'a matching action',
      receiveRequest('INFO', {
        actions: [{ kind: 'match', pattern: '"(a\\.b)"', header: 'From', into: ['all', 'part'], must: 'match' }],
      }),
      '<recv request="INFO"><action><ereg regexp="&quot;(a\\\\.b)&quot;" search_in="hdr" header="From:" check_it="true" assign_to="all,part"/></action></recv>',
    ],
    [
      'sound from a file',
      perform({ actions: [{ kind: 'stream-rtp', file: 'speech.ulaw', repeat: -1, payloadType: 0 }] }),
      '<nop><action><exec rtp_stream="speech.ulaw,-1,0"/></action></nop>',
    ],
    [
      'a log line with a variable',
      perform({ actions: [{ kind: 'log', message: sip`seen ${variable('who')}` }] }),
      '<nop><action><log message="seen [$who]"/></action></nop>',
    ],
  ])('formats %s', (_, step, xml) => {
    expect(xmlOf(label('x'), step, receiveRequest('BYE'))).toContain(xml);
  });

  it('keeps literal text to the letter: brackets, backslashes, the end of a section, blanks at line ends', () => {
    const text = 'a[branch]\\x41]]>b \n c';
    expect(xmlOf(send(sip`MESSAGE sip:a SIP/2.0\n\n${text}`))).toContain(
      'a\\x5Bbranch]\\x5Cx41]]\\x3Eb\\x20\n\\x20c]]></send>',
    );
  });

  it('takes a keyword for a keyword, and the indentation of a template for none', () => {
    const message = sip`OPTIONS sip:x SIP/2.0
      ${lastHeader('Via')}
      X: ${field(2)}
      Content-Length: ${keyword.length}`;
    expect(xmlOf(send(message))).toContain('OPTIONS sip:x SIP/2.0\n[last_Via:]\nX: [field2]\nContent-Length: [len]]]>');
  });

  it('counts messages, not labels, to the branch of another step', () => {
    const xml = xmlOf(
      send(sip`INVITE sip:a SIP/2.0`, { id: 'first' }),
      label('x'),
      receiveResponse(486),
      send(sip`ACK sip:a SIP/2.0\nVia: ;branch=${branchOf('first')}`),
    );
    expect(xml).toContain(';branch=[branch-2]');
  });

  it.each<[string, Step[]]>([
    ['unknown-label', [pause(1, { next: 'nowhere' })]],
    ['unknown-label', [receiveRequest('BYE', { onTimeout: 'nowhere' })]],
    ['unknown-step', [send(sip`ACK sip:a SIP/2.0\nVia: ${branchOf('nobody')}`)]],
    ['twice-named', [label('a'), pause(1), label('a'), pause(1)]],
    ['twice-named', [send(sip`A`, { id: 'x' }), send(sip`B`, { id: 'x' })]],
    ['label-at-end', [pause(1), label('a')]],
    ['no-message', [label('a')]],
    ['optional-without-end', [receiveResponse(180, { optional: true }), pause(1)]],
    ['optional-without-end', [receiveResponse(180, { optional: true })]],
    ['too-big', [send(sip`MESSAGE sip:a SIP/2.0\n\n${'x'.repeat(70_000)}`)]],
    ['none', [receiveResponse(180, { optional: true }), awaitCommand()]],
  ])('finds %s', (code, steps) => {
    expect(codeOf(...steps)).toBe(code);
  });

  it('refuses names that SIPp would cut', () => {
    expect(() => variable('a,b')).toThrow(RangeError);
  });

  it('is well-formed XML', () => {
    const xml = xmlOf(label('x'), send(sip`A <&> ${'[x]'}`, { next: 'x' }), receiveRequest('B', { actions: [] }));
    const out = execFileSync(process.execPath, ['-e', WELL_FORMED], { input: xml, encoding: 'utf8' });
    expect(out).toBe('scenario label send recv');
  });
});

/** No XML reader is at hand everywhere: tags must nest once sections are taken out. */
const WELL_FORMED = `
  const xml = require('fs').readFileSync(0, 'latin1').replace(/<!\\[CDATA\\[[\\s\\S]*?\\]\\]>/g, '');
  const open = [], seen = [];
  for (const [, close, name, attributes, empty] of xml.matchAll(/<(\\/?)([A-Za-z]+)((?:\\s+[\\w]+="[^"<]*")*)\\s*(\\/?)>/g)) {
    if (close) { if (open.pop() !== name) throw new Error(name); } else { seen.push(name); if (!empty) open.push(name); }
  }
  if (open.length) throw new Error(open.join());
  process.stdout.write(seen.join(' '));`;
