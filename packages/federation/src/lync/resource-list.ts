import type { SipBody } from '@plugfest/sip';
import { escapeXml, type XmlElement } from './xml.ts';

/** A person's presence as it goes to a watcher. */
export interface ResourceState {
  /** `user@domain`. */
  readonly address: string;
  /** `<categories>`; undefined where the watcher is told nothing. */
  readonly categories: string | undefined;
}

export const CATEGORIES_TYPE = 'application/msrtc-event-categories+xml';
const BOUNDARY = 'plugfest-resource-list';
const MAX_RESOURCES = 500;

/** `user@domain` of all that a batch subscription names. @see [MS-PRES] §2.2.2.1; FEDERATION §1.4 */
export function resourcesIn(batch: XmlElement): readonly string[] {
  const found: string[] = [];
  const walk = (element: XmlElement): void => {
    if (/(^|:)resource$/.test(element.name) && element.attributes.uri !== undefined && found.length < MAX_RESOURCES)
      found.push(element.attributes.uri.replace(/^sips?:/, '').toLowerCase());
    for (const child of element.children) walk(child);
  };
  walk(batch);
  return found;
}

/** The list and each one's state, in one body. Who tells nothing has no instance. @see RFC 4662 §5 */
export function resourceList(subscriber: string, states: readonly ResourceState[], version: number): SipBody {
  const shown = states.filter(({ categories }) => categories !== undefined);
  const resources = states.map(({ address, categories }, i) => {
    const instance =
      categories === undefined ? '' : `<instance id="0" state="active" cid="resource-${i}@${subscriber}"/>`;
    return `<resource uri="sip:${escapeXml(address)}">${instance}</resource>`;
  });
  const list = `<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:${escapeXml(subscriber)}" version="${version}" fullState="true">${resources.join('')}</list>`;
  // An empty line after each part, as servers write it: libpurple takes the last four octets of a part for its end.
  const parts = [
    ['application/rlmi+xml', list],
    ...shown.map(({ categories = '' }) => [CATEGORIES_TYPE, categories]),
  ].map(
    ([type, content]) =>
      `--${BOUNDARY}\r\nContent-Transfer-Encoding: binary\r\nContent-Type: ${type}; charset="UTF-8"\r\n\r\n${content}\r\n\r\n`,
  );
  return {
    contentType: `multipart/related;type="application/rlmi+xml";start=resourceList;boundary="${BOUNDARY}"`,
    body: Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`),
  };
}
