import type { ParticipantPlan } from '@plugfest/model';
import { LOUDSPEAKER, MICROPHONE } from '../desk/sound-card.ts';

/** Where Debian and others put baresip's modules. */
export const MODULE_PATHS = [
  '/usr/lib/baresip/modules',
  '/usr/local/lib/baresip/modules',
  '/usr/lib64/baresip/modules',
];

export interface BaresipConfig {
  readonly modulePath: string;
  readonly controlPort: number;
  readonly cameraPath: string;
  readonly plan: ParticipantPlan;
  readonly bitrateBps: number;
}

/** Its configuration file: the desk's devices, the loopback only, control over TCP. */
export function formatConfig({ modulePath, controlPort, cameraPath, plan, bitrateBps }: BaresipConfig): string {
  const { width, height, frameRate } = plan.video;
  const rows: Readonly<Record<string, string | number>> = {
    poll_method: 'epoll',
    net_interface: '127.0.0.1',
    sip_listen: '127.0.0.1:0',
    module_path: modulePath,
    ctrl_tcp_listen: `127.0.0.1:${controlPort}`,
    audio_source: `pulse,${MICROPHONE}.monitor`,
    audio_player: `pulse,${LOUDSPEAKER}`,
    audio_alert: 'nil,nil',
    ausrc_srate: 48_000,
    auplay_srate: 48_000,
    ausrc_channels: 1,
    auplay_channels: 1,
    opus_bitrate: 64_000,
    video_source: `avformat,${cameraPath}`,
    video_display: 'x11,nil',
    video_size: `${width}x${height}`,
    video_fps: frameRate,
    video_bitrate: bitrateBps,
    video_fullscreen: 'no',
    videnc_format: 'yuv420p',
  };
  const modules = ['uuid', 'g711', 'g722', 'opus', 'pulse', 'avcodec', 'avformat', 'swscale', 'x11'];
  return [
    ...Object.entries(rows).map(([key, value]) => `${key} ${value}`),
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    '',
  ].join('\n');
}

/** Its account: no registrar, the codecs of the profile. A quotation mark in the name would end it. */
export function formatAccount(plan: ParticipantPlan): string {
  const name = plan.name.replaceAll(/["\\\r\n]/g, '');
  return `"${name}" <${plan.uri};transport=udp>;regint=0;audio_codecs=opus/48000/2,G722/8000/1;video_codecs=h264\n`;
}
