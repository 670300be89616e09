/** Where Debian and others put Janus's plugins and transports. */
export const MODULE_PATHS = [
  '/usr/lib/x86_64-linux-gnu/janus',
  '/usr/lib/aarch64-linux-gnu/janus',
  '/usr/lib/janus',
  '/usr/lib64/janus',
  '/usr/local/lib/janus',
];

/** As `--bridge`, scenarios and plans name it. */
export const JANUS = 'janus';

/** The one room of each plugin. */
export const ROOM = 1;

export interface JanusConfig {
  readonly modulePath: string;
  /** Where this is written to. */
  readonly directory: string;
  readonly webSocketPort: number;
  /** The first and the last of the ports for media. */
  readonly mediaPorts: readonly [first: number, last: number];
  readonly bitrateBps: number;
}

/**
 * Janus with AudioBridge, VideoRoom and WebSocket on the loopback, and nothing else of what it could load.
 * @see https://janus.conf.meetecho.com/docs/config.html
 */
export function janusFiles(config: JanusConfig): Readonly<Record<string, string>> {
  const { modulePath, directory, webSocketPort, mediaPorts, bitrateBps } = config;
  return {
    'janus.jcfg': `general: {
  configs_folder = "${directory}"
  plugins_folder = "${modulePath}/plugins"
  transports_folder = "${modulePath}/transports"
  events_folder = "${modulePath}/events"
  loggers_folder = "${modulePath}/loggers"
  debug_level = 3
  debug_colors = false
  daemonize = false
}
media: {
  rtp_port_range = "${mediaPorts[0]}-${mediaPorts[1]}"
  ipv6 = false
}
nat: {
  full_trickle = false
}
plugins: {
  disable = "${disabled(PLUGINS)}"
}
transports: {
  disable = "${disabled(TRANSPORTS)}"
}
events: {
  broadcast = false
}
`,
    'janus.transport.websockets.jcfg': `general: {
  ws = true
  ws_ip = "127.0.0.1"
  ws_port = ${webSocketPort}
  wss = false
}
admin: {
  admin_ws = false
}
`,
    'janus.plugin.audiobridge.jcfg': `room-${ROOM}: {
  description = "Plugfest"
  sampling_rate = 48000
  # Packets of 20 ms before a voice is mixed: of itself it waits for 6, twice what a path without jitter takes.
  default_prebuffering = 3
}
`,
    'janus.plugin.videoroom.jcfg': `room-${ROOM}: {
  description = "Plugfest"
  publishers = 24
  bitrate = ${bitrateBps}
  fir_freq = 10
  videocodec = "vp8,h264"
  audiocodec = "opus"
}
`,
  };
}

/** All that Janus 1 brings, but what is used. */
const PLUGINS = [
  ...['duktape', 'echotest', 'lua', 'nosip', 'recordplay', 'sip', 'streaming', 'textroom', 'videocall', 'voicemail'],
];
const TRANSPORTS = ['http', 'mqtt', 'nanomsg', 'pfunix', 'rabbitmq'];

function disabled(names: readonly string[]): string {
  return names.map((name) => `libjanus_${name}.so`).join(',');
}
