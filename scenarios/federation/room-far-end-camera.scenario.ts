import { H264_MODE_1, h264, NoEvidence, PCMU, sendsRtp } from '@plugfest/probe';
import { type CameraMessage, formatCameraMessage, formatH224, H224_CLIENTS, parseH224 } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';
import { FAR_END_CAMERA } from '../bugs/content-lines.ts';

/** What is asked of the camera, in order. */
const ASKED: readonly CameraMessage[] = [
  { type: 'start', move: { pan: 'left' }, timeoutMs: 800 },
  { type: 'continue', move: { pan: 'left' } },
  { type: 'stop', move: { pan: 'left' } },
  { type: 'select-source', source: 3, mode: 1 },
];
/** Client list with H.281, its capabilities, and that the source is another. */
const ANSWERED = ['0 01000181', '0 0200810014f0', '1 0531'];
const CAMERA_LINE = 2;

export default bug({
  title: 'A room’s far-end camera control is answered: H.224 is taken, H.281 is introduced and follows',
  sources: ['FEDERATION §3 “Far-end camera”'],
  cause: 'the line is taken and nothing behind it answers: the room shows controls that do nothing',
  cites: 'RFC 4573 §3, §4; ITU-T H.224 §9, H.281 §4',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1), FAR_END_CAMERA]) });
    for (const [at, message] of ASKED.entries()) {
      const data = formatCameraMessage(message);
      const whole = { priority: 'high', destination: 0, source: 0, begins: true, ends: true, segment: 0 } as const;
      const payload = formatH224({ ...whole, client: H224_CLIENTS.camera, data });
      const packet = { payloadType: 100, marker: true, sequenceNumber: at, timestamp: at * 480, ssrc: 1, csrcs: [] };
      call.sendsRtp(CAMERA_LINE, { ...packet, payload });
      await probe.listens(50);
    }
    await probe.listens(200);
  },
  faultIn(exchange) {
    const line = exchange.answer().media[CAMERA_LINE];
    if (line === undefined) throw new NoEvidence('no third line in the answer');
    if (line.port === 0) return 'the line is refused';
    const frames = exchange.rtp(CAMERA_LINE).map(({ payload }) => {
      const frame = parseH224(payload);
      return frame.ok ? `${frame.value.client} ${Buffer.from(frame.value.data).toString('hex')}` : 'no frame';
    });
    return frames.join(', ') === ANSWERED.join(', ') ? undefined : `what came back is “${frames.join(', ')}”`;
  },
  badPeer: { defect: () => sendsRtp((packet, line) => (line === CAMERA_LINE ? [] : [packet])) },
});
