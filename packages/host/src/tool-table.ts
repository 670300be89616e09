/** The programs that npm cannot bring. */
export type ToolName = 'ffmpeg' | 'ffprobe' | 'sipp' | 'chromium' | 'firefox' | 'espeak-ng' | 'tshark';

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
};
