import type { Page } from 'puppeteer';

/** What a page object is given when its participant is to call. */
export interface PageVisit {
  /** Of whom it calls. */
  readonly conferenceUri: string;
  /** Where SIP over WebSocket is spoken (RFC 7118): the harness stands in between. */
  readonly webSocketUrl: string;
  /** Of the participant. */
  readonly uri: string;
  readonly displayName: string;
}

/**
 * Operates a web page as a person would: what its buttons are called is known here and nowhere else. The default export of a form `page`'s script. Camera and
 * microphone are the harness's: `getUserMedia` gives them. What is not written here is not asked of the page.
 */
export interface PageObject {
  /** Resolves when the page has begun to call; how the call goes is read off the wire. */
  join(page: Page, visit: PageVisit): Promise<void>;
  leave(page: Page): Promise<void>;
  hold?(page: Page): Promise<void>;
  resume?(page: Page): Promise<void>;
  /** Offers anew what was agreed. */
  renegotiate?(page: Page): Promise<void>;
  pressKeys?(page: Page, keys: string): Promise<void>;
  mute?(page: Page): Promise<void>;
  unmute?(page: Page): Promise<void>;
}
