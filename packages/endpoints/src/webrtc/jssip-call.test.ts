import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { type JsSip, startCall } from './jssip-call.ts';
import { codecsIn } from './webrtc-call.ts';

/** JsSIP, as far as a call uses it, in the test's hands. */
class Session extends EventEmitter {
  readonly connection = null;
  readonly terminate = vi.fn();
  isEnded(): boolean {
    return false;
  }
}

function begin() {
  const session = new Session();
  const agent = Object.assign(new EventEmitter(), { start: vi.fn(), stop: vi.fn(), call: vi.fn(() => session) });
  const jssip = {
    WebSocketInterface: class {},
    UA: class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: a stand-in for JsSIP's class
        return agent;
      }
    },
  } as unknown as JsSip;
  const told = { onTrack: vi.fn(), onJoined: vi.fn(), onRefused: vi.fn(), onFault: vi.fn(), onEnded: vi.fn() };
  const place = { webSocketUrl: 'ws://127.0.0.1:1', uri: 'sip:a@b.example', displayName: 'A' };
  const call = startCall({ jssip, ...place, conferenceUri: 'sip:room@b.example', mediaStream: {}, ...told });
  return { agent, session, told, call };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('calls once, however often the connection comes back', () => {
  const { agent } = begin();
  agent.emit('connected', {});
  agent.emit('connected', {});
  expect(agent.call).toHaveBeenCalledTimes(1);
});

it('tells who refused, and why', async () => {
  const { agent, session, told } = begin();
  agent.emit('connected', {});
  const getHeader = (name: string) => (name === 'ms-diagnostics' ? '1034;rule="provider-enabled"' : undefined);
  session.emit('failed', { cause: 'Rejected', message: { status_code: 403, reason_phrase: 'Forbidden', getHeader } });
  await settled();
  expect(told.onRefused).toHaveBeenCalledExactlyOnceWith({
    statusCode: 403,
    reasonPhrase: 'Forbidden',
    diagnostics: '1034;rule="provider-enabled"',
  });
  expect(told.onFault).not.toHaveBeenCalled();
});

it('tells what was wrong with an answer that could not be used', async () => {
  const { agent, session, told } = begin();
  agent.emit('connected', {});
  session.emit('failed', { cause: 'Bad Media Description', message: { status_code: 200, reason_phrase: 'OK' } });
  session.emit('peerconnection:setremotedescriptionfailed', new Error('no m-line'));
  await settled();
  expect(told.onRefused.mock.calls[0]?.[0]).toMatchObject({
    statusCode: 200,
    reasonPhrase: 'Bad Media Description (setremotedescription: no m-line)',
  });
});

it('tells a fault where nobody answered', async () => {
  const { agent, session, told } = begin();
  agent.emit('connected', {});
  session.emit('failed', { cause: 'Connection Error', message: null });
  await settled();
  expect(told.onFault).toHaveBeenCalledExactlyOnceWith('Connection Error');
  expect(told.onRefused).not.toHaveBeenCalled();
});

it('gives up where the connection goes before the answer, does not try again, and tells it once', async () => {
  for (const isCalling of [false, true]) {
    const { agent, session, told } = begin();
    if (isCalling) agent.emit('connected', {});
    agent.emit('disconnected', { reason: 'refused' });
    session.emit('failed', { cause: 'Canceled', message: null });
    await settled();
    expect(told.onFault).toHaveBeenCalledExactlyOnceWith('no SIP over WebSocket at ws://127.0.0.1:1: refused');
    expect(agent.stop).toHaveBeenCalled();
  }
});

it('goes on where the connection goes in mid-call', () => {
  const { agent, session, told } = begin();
  agent.emit('connected', {});
  session.emit('confirmed', {});
  agent.emit('disconnected', {});
  expect(told.onJoined).toHaveBeenCalledTimes(1);
  expect(told.onFault).not.toHaveBeenCalled();
  expect(agent.stop).not.toHaveBeenCalled();
});

it('hangs up a call', () => {
  const { agent, session, told, call } = begin();
  agent.emit('connected', {});
  call.hangUp();
  expect(session.terminate).toHaveBeenCalledTimes(1);
  expect(told.onEnded).not.toHaveBeenCalled();
  session.emit('ended', {});
  expect(told.onEnded).toHaveBeenCalledTimes(1);
});

it('does not call any more when it was told to hang up before it could', () => {
  const { agent, told, call } = begin();
  call.hangUp();
  expect(told.onEnded).toHaveBeenCalledTimes(1);
  agent.emit('connected', {});
  expect(agent.call).not.toHaveBeenCalled();
});

it.each([
  [
    'the first codec of each m-line',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=rtpmap:111 opus/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 102 96\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n',
    { audioCodec: 'opus', videoCodec: 'H264' },
  ],
  ['no name where there is none', 'm=audio 9 RTP/AVP 0\r\n', { audioCodec: 'unknown', videoCodec: 'unknown' }],
])('reads %s from an answer', (_, sdp, codecs) => {
  expect(codecsIn(sdp)).toEqual(codecs);
});
