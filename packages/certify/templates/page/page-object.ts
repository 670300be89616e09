import type { PageObject } from '@plugfest/scenario';

/** Which buttons of the page are pressed, and what is typed into which field. Nothing else knows the page. */
const pageObject: PageObject = {
  async join(page, { conferenceUri, webSocketUrl, uri, displayName }) {
    const fields = { server: webSocketUrl, address: uri, name: displayName, conference: conferenceUri };
    for (const [name, value] of Object.entries(fields)) await page.type(`[name=${name}]`, value);
    await page.click('#join');
  },
  async leave(page) {
    await page.click('#leave');
  },
  async mute(page) {
    await page.click('#mute');
  },
  async unmute(page) {
    await page.click('#mute');
  },
};

export default pageObject;
