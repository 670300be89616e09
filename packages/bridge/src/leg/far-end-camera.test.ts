import { VirtualClock } from '@plugfest/model';
import {
  type CameraMessage,
  type CameraMove,
  formatCameraMessage,
  formatH224,
  formatManagementMessage,
  H224_CLIENTS,
  parseH224,
} from '@plugfest/rtp';
import { parseSdp } from '@plugfest/sdp';
import { describe, expect, it } from 'vitest';
import { agreeOnCamera, cameraAnswer } from './camera-line.ts';
import { FarEndCamera } from './far-end-camera.ts';

function open() {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const moves: (CameraMove | undefined)[] = [];
  const sources: number[] = [];
  const camera = new FarEndCamera({
    clock,
    send: (bytes) => {
      const frame = parseH224(bytes);
      sent.push(frame.ok ? `${frame.value.client} ${Buffer.from(frame.value.data).toString('hex')}` : 'none');
    },
    onMove: (move) => moves.push(move),
    onSource: (source) => sources.push(source),
  });
  const frame = { priority: 'high', destination: 0, source: 0, begins: true, ends: true, segment: 0 } as const;
  const says = (client: number, data: Uint8Array): void => camera.receive(formatH224({ ...frame, client, data }));
  const tells = (message: CameraMessage): void => says(H224_CLIENTS.camera, formatCameraMessage(message));
  return { clock, camera, sent, moves, sources, says, tells };
}

const INTRODUCTION = ['0 01000181', '0 0200810014f0'];
const LEFT = { pan: 'left' } as const;

describe('a far-end camera', () => {
  it('introduces itself to who speaks first, and answers who asks', () => {
    const { sent, says } = open();
    expect(sent).toEqual([]);
    says(H224_CLIENTS.management, Buffer.from('01000181', 'hex'));
    expect(sent).toEqual(INTRODUCTION);
    const octets = new Uint8Array();
    says(H224_CLIENTS.management, formatManagementMessage({ about: 'clients', kind: 'command', octets }));
    expect(sent.slice(2)).toEqual(INTRODUCTION.slice(0, 1));
  });

  it('moves until it is told to stop', () => {
    const { clock, moves, tells } = open();
    tells({ type: 'start', move: LEFT, timeoutMs: 800 });
    clock.advanceMs(700);
    tells({ type: 'stop', move: LEFT });
    clock.advanceMs(5000);
    expect(moves).toEqual([LEFT, undefined]);
  });

  it('rests when nobody says in time that it is to go on', () => {
    const { clock, moves, tells } = open();
    tells({ type: 'start', move: LEFT, timeoutMs: 800 });
    clock.advanceMs(700);
    tells({ type: 'continue', move: LEFT });
    clock.advanceMs(799);
    expect(moves).toEqual([LEFT]);
    tells({ type: 'continue', move: { pan: 'right' } });
    clock.advanceMs(1);
    expect(moves).toEqual([LEFT, undefined]);
  });

  it('switches its source, and says so', () => {
    const { sent, sources, tells } = open();
    tells({ type: 'select-source', source: 3, mode: 1 });
    expect([sources, sent.at(-1)]).toEqual([[3], '1 0531']);
  });

  it('passes over what it does not understand, and presets', () => {
    const { camera, sent, moves, tells } = open();
    for (const bytes of ['', '00', '0071030000000000014001800', '007103000000000001c0ff'])
      camera.receive(Buffer.from(bytes, 'hex'));
    tells({ type: 'store-preset', preset: 1 });
    expect(moves).toEqual([]);
    expect(sent).toEqual(INTRODUCTION);
  });
});

describe('its m-line', () => {
  const described = (line: string, connection = '127.0.0.1') => {
    const parsed = parseSdp(
      `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 ${connection}\r\nt=0 0\r\n${line}\r\na=rtpmap:100 H224/4800\r\n`,
    );
    if (!parsed.ok) throw new Error(parsed.error.text);
    return parsed.value;
  };

  it('is taken in the clear, under the payload type of the offer', () => {
    const offer = described('m=application 4000 RTP/AVP 100');
    const agreement = agreeOnCamera(offer);
    expect(agreement).toEqual({ index: 0, payloadType: 100, remote: { address: '127.0.0.1', port: 4000 } });
    const [line] = offer.media;
    const answer = line && agreement && cameraAnswer(line, agreement, 5000);
    expect(answer).toMatchObject({ port: 5000, protocol: 'RTP/AVP', formats: ['100'] });
  });

  it.each([
    ['keyed', 'm=application 4000 RTP/SAVP 100', '127.0.0.1'],
    ['refused', 'm=application 0 RTP/AVP 100', '127.0.0.1'],
    ['of another payload type', 'm=application 4000 RTP/AVP 101', '127.0.0.1'],
    ['at a name', 'm=application 4000 RTP/AVP 100', 'evil.example'],
    ['nowhere', 'm=application 4000 RTP/AVP 100', '0.0.0.0'],
  ])('is left alone where it is %s', (_, line, connection) => {
    expect(agreeOnCamera(described(line, connection))).toBeUndefined();
  });
});
