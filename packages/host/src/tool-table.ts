/** The programs that npm cannot bring. */
export type ToolName =
  | 'ffmpeg'
  | 'ffprobe'
  | 'sipp'
  | 'chromium'
  | 'firefox'
  | 'espeak-ng'
  | 'tshark'
  | 'baresip'
  | 'sipsak'
  | 'kamailio'
  | 'janus'
  | 'finch'
  | 'gstreamer'
  | 'xvfb'
  | 'pulseaudio'
  | 'pacat'
  | 'container';

export interface ToolRow {
  /** The environment variable that names the executable; it wins over all else, also where it is wrong. */
  readonly variable: string;
  /** Names in `PATH`, best first. */
  readonly commands: readonly string[];
  /** An npm package whose default export is the path of the executable. */
  readonly npmPackage?: string;
  /** Where puppeteer's cache keeps it: a folder of the cache, then the executable inside of a version's folder. */
  readonly puppeteer?: { readonly folder: string; readonly executables: readonly string[] };
  readonly versionArguments: readonly string[];
  /** Its first group is the version. */
  readonly versionPattern: RegExp;
  readonly packages: {
    readonly apt: string;
    readonly dnf: string;
    readonly pacman: string;
    readonly apk: string;
    readonly brew: string;
  };
}

const FFMPEG_PACKAGES = { apt: 'ffmpeg', dnf: 'ffmpeg-free', pacman: 'ffmpeg', apk: 'ffmpeg', brew: 'ffmpeg' };

const PULSEAUDIO_PACKAGES = {
  apt: 'pulseaudio pulseaudio-utils',
  dnf: 'pulseaudio pulseaudio-utils',
  pacman: 'pulseaudio',
  apk: 'pulseaudio pulseaudio-utils',
  brew: 'pulseaudio',
};

/** A Python program that tells GStreamer's version where all that WebRTC takes is there. */
const GSTREAMER_VERSION = `
import gi
for name in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(name, "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC
Gst.init(None)
elements = "webrtcbin nicesrc dtlsdec srtpdec vp8enc vp8dec opusenc opusdec rtpvp8pay rtpopuspay appsrc appsink"
missing = [name for name in elements.split() if Gst.ElementFactory.find(name) is None]
print("without " + ", ".join(missing) if missing else Gst.version_string())
`;

export const TOOL_TABLE: Record<ToolName, ToolRow> = {
  ffmpeg: {
    variable: 'FFMPEG_BIN',
    commands: ['ffmpeg'],
    npmPackage: 'ffmpeg-static',
    versionArguments: ['-version'],
    versionPattern: /^ffmpeg version (\S+)/m,
    packages: FFMPEG_PACKAGES,
  },
  ffprobe: {
    variable: 'FFPROBE_BIN',
    commands: ['ffprobe'],
    versionArguments: ['-version'],
    versionPattern: /^ffprobe version (\S+)/m,
    packages: FFMPEG_PACKAGES,
  },
  sipp: {
    variable: 'PLUGFEST_SIPP',
    commands: ['sipp'],
    versionArguments: ['-v'],
    versionPattern: /SIPp v?(\d[^\s-]*)/,
    packages: { apt: 'sip-tester', dnf: 'sipp', pacman: 'sipp', apk: 'sipp', brew: 'sipp' },
  },
  chromium: {
    variable: 'PLUGFEST_CHROMIUM',
    commands: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    puppeteer: {
      folder: 'chrome',
      executables: [
        'chrome-linux64/chrome',
        'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
      ],
    },
    versionArguments: ['--version'],
    versionPattern: /(?:Chromium|Chrome)\D*(\d[\d.]+)/,
    packages: { apt: 'chromium', dnf: 'chromium', pacman: 'chromium', apk: 'chromium', brew: '--cask chromium' },
  },
  firefox: {
    variable: 'PLUGFEST_FIREFOX',
    commands: ['firefox', 'firefox-esr'],
    puppeteer: {
      folder: 'firefox',
      executables: ['firefox/firefox', 'Firefox.app/Contents/MacOS/firefox'],
    },
    versionArguments: ['--version'],
    versionPattern: /Firefox\D*(\d[\d.]+)/,
    packages: { apt: 'firefox-esr', dnf: 'firefox', pacman: 'firefox', apk: 'firefox', brew: '--cask firefox' },
  },
  'espeak-ng': {
    variable: 'PLUGFEST_ESPEAK_NG',
    commands: ['espeak-ng'],
    versionArguments: ['--version'],
    versionPattern: /(\d+\.[\d.]+\S*)/,
    packages: { apt: 'espeak-ng', dnf: 'espeak-ng', pacman: 'espeak-ng', apk: 'espeak-ng', brew: 'espeak-ng' },
  },
  tshark: {
    variable: 'PLUGFEST_TSHARK',
    commands: ['tshark'],
    versionArguments: ['--version'],
    versionPattern: /TShark[^\d]*(\d[\d.]+)/,
    packages: { apt: 'tshark', dnf: 'wireshark-cli', pacman: 'wireshark-cli', apk: 'tshark', brew: 'wireshark' },
  },
  baresip: {
    variable: 'PLUGFEST_BARESIP',
    commands: ['baresip'],
    versionArguments: ['-h'],
    versionPattern: /baresip v(\S+)/,
    packages: {
      apt: 'baresip-core baresip-ffmpeg baresip-x11',
      dnf: 'baresip baresip-pulse baresip-av1 baresip-x11',
      pacman: 'baresip',
      apk: 'baresip baresip-pulse baresip-video baresip-x11',
      brew: 'baresip',
    },
  },
  sipsak: {
    variable: 'PLUGFEST_SIPSAK',
    commands: ['sipsak'],
    versionArguments: ['--version'],
    versionPattern: /sipsak (\d\S*)/,
    packages: { apt: 'sipsak', dnf: 'sipsak', pacman: 'sipsak', apk: 'sipsak', brew: 'sipsak' },
  },
  kamailio: {
    variable: 'PLUGFEST_KAMAILIO',
    commands: ['kamailio'],
    versionArguments: ['-v'],
    versionPattern: /version: kamailio (\S+)/,
    packages: {
      apt: 'kamailio kamailio-tls-modules kamailio-websocket-modules',
      dnf: 'kamailio kamailio-tls kamailio-websocket',
      pacman: 'kamailio',
      apk: 'kamailio kamailio-tls kamailio-websocket',
      brew: 'kamailio',
    },
  },
  janus: {
    variable: 'PLUGFEST_JANUS',
    commands: ['janus'],
    versionArguments: ['--version'],
    versionPattern: /Janus version: \d+ \((\S+)\)/,
    packages: { apt: 'janus', dnf: 'janus', pacman: 'janus-gateway', apk: 'janus-gateway', brew: 'janus-gateway' },
  },
  finch: {
    variable: 'PLUGFEST_FINCH',
    commands: ['finch'],
    versionArguments: ['--version'],
    versionPattern: /[Ff]inch (\d\S*)/,
    packages: {
      apt: 'finch pidgin-sipe',
      dnf: 'finch purple-sipe',
      pacman: 'finch pidgin-sipe',
      apk: 'finch pidgin-sipe',
      brew: 'pidgin',
    },
  },
  gstreamer: {
    variable: 'PLUGFEST_GSTREAMER_PYTHON',
    // The system's own Python first: another one does not see the distribution's bindings.
    commands: ['/usr/bin/python3', 'python3'],
    versionArguments: ['-c', GSTREAMER_VERSION],
    versionPattern: /^GStreamer (\d\S*)/m,
    packages: {
      apt: 'python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice',
      dnf: 'python3-gstreamer1 gstreamer1-plugins-good gstreamer1-plugins-bad-free libnice-gstreamer1',
      pacman: 'gst-python gst-plugins-good gst-plugins-bad libnice',
      apk: 'py3-gst gst-plugins-good gst-plugins-bad libnice-gstreamer',
      brew: 'gstreamer',
    },
  },
  xvfb: {
    variable: 'PLUGFEST_XVFB',
    commands: ['Xvfb'],
    // It tells no version; that it explains itself says that it can run.
    versionArguments: ['-help'],
    versionPattern: /^use: (X) /m,
    packages: {
      apt: 'xvfb',
      dnf: 'xorg-x11-server-Xvfb',
      pacman: 'xorg-server-xvfb',
      apk: 'xvfb',
      brew: '--cask xquartz',
    },
  },
  pulseaudio: {
    variable: 'PLUGFEST_PULSEAUDIO',
    commands: ['pulseaudio'],
    versionArguments: ['--version'],
    versionPattern: /pulseaudio (\S+)/,
    packages: PULSEAUDIO_PACKAGES,
  },
  pacat: {
    variable: 'PLUGFEST_PACAT',
    commands: ['pacat'],
    versionArguments: ['--version'],
    versionPattern: /pacat (\S+)/,
    packages: PULSEAUDIO_PACKAGES,
  },
  container: {
    variable: 'CONTAINER_BIN',
    commands: ['docker', 'podman'],
    versionArguments: ['--version'],
    versionPattern: /version (\d[^\s,]*)/,
    packages: { apt: 'podman', dnf: 'podman', pacman: 'podman', apk: 'podman', brew: 'podman' },
  },
};
