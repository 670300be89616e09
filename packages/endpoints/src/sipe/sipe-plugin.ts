import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PLACES = ['/usr/lib/purple-2', '/usr/lib/*/purple-2', '/usr/lib64/purple-2', '/usr/local/lib/purple-2'];

/** Where pidgin-sipe's plugin for libpurple is; undefined where it is not installed. */
export function findSipePlugin(): string | undefined {
  return PLACES.flatMap((place) => globSync(`${place}/libsipe.so`)).find((path) => existsSync(path));
}

/**
 * libxml2's XML_SAX2_MAGIC, with which pidgin-sipe 1.25.0 marks its table of SAX callbacks though it fills in those of SAX1 only. libxml2 2.9.14 as Debian 12 has
 * it then calls none of them, and the client reads no XML at all: no contact list, no presence.
 */
const SAX2_MAGIC = Buffer.of(0xaf, 0xbe, 0xed, 0xde);
/** What a table of SAX1 callbacks says. */
const SAX1 = Buffer.of(1, 0, 0, 0);

/** Puts a copy of the plugin where that copy comes first, its mark corrected where it has just one. True where it was. */
export function placeSipePlugin(plugin: string, home: string): boolean {
  const folder = join(home, 'plugins');
  const copy = join(folder, 'libsipe.so');
  mkdirSync(folder, { recursive: true });
  const bytes = readFileSync(plugin);
  const at = bytes.indexOf(SAX2_MAGIC);
  if (at === -1 || bytes.indexOf(SAX2_MAGIC, at + 1) !== -1) {
    copyFileSync(plugin, copy);
    return false;
  }
  SAX1.copy(bytes, at);
  writeFileSync(copy, bytes);
  return true;
}
