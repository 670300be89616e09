import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { cacheDirectory, writeFileAtomically } from '@plugfest/host';

const PAGE = resolve(import.meta.dirname, 'page');
/** All that goes into the bundles and is ours. */
const SOURCES = [
  'page/main.ts',
  'page/desk-of-others.ts',
  'page/canvas-camera.ts',
  'page/desks.ts',
  'page/devices.ts',
  'page/fake-devices.ts',
  'page/picture-bytes.ts',
  'page/presented-media.ts',
  'page/screen-capture.ts',
  'page/sound-graph.ts',
  'media-frame.ts',
  'page/tile-wall.ts',
  '../webrtc/janus-call.ts',
  '../webrtc/janus-session.ts',
  '../webrtc/jssip-call.ts',
  '../webrtc/webrtc-call.ts',
  '../webrtc/whip-call.ts',
  'page-bundle.ts',
];

/** The page's HTML. */
export const PAGE_HTML = join(PAGE, 'index.html');
/** What runs in the page's sound graph, as it is. */
export const SOUND_WORKLET = join(PAGE, 'sound-worklet.js');

/** The page's script with JsSIP in it: bundled when its sources have changed, kept in the cache. */
export function pageScript(): Promise<string> {
  return bundled('main.ts', 'es');
}

/** What is put into a page of others, before its own scripts: our camera, microphone, screen and loudspeaker. */
export function deskScript(): Promise<string> {
  return bundled('desk-of-others.ts', 'iife');
}

async function bundled(entry: string, format: 'es' | 'iife'): Promise<string> {
  const hash = createHash('sha256').update(entry);
  for (const name of SOURCES) hash.update(readFileSync(resolve(import.meta.dirname, name)));
  // Its version is in there: another JsSIP is another bundle.
  hash.update(readFileSync(createRequire(import.meta.url).resolve('jssip/package.json')));
  const path = join(cacheDirectory(), `browser-page-${hash.digest('hex').slice(0, 16)}.js`);
  if (!existsSync(path)) {
    mkdirSync(cacheDirectory(), { recursive: true });
    await writeFileAtomically(path, await bundle(entry, format));
  }
  return readFileSync(path, 'utf8');
}

async function bundle(entry: string, format: 'es' | 'iife'): Promise<string> {
  const { build } = await import('vite');
  const output = await build({
    root: PAGE,
    configFile: false,
    logLevel: 'error',
    define: { global: 'globalThis' },
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: join(PAGE, entry), formats: [format], name: 'plugfestDesk' },
    },
  });
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((part) => ('output' in part ? part.output : []));
  const script = chunks.find((chunk) => chunk.type === 'chunk' && chunk.isEntry);
  if (script?.type !== 'chunk') throw new Error('the browser page was bundled without a script');
  return script.code;
}
