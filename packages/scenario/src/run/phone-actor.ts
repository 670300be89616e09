import { type ClientEvent, type LyncDomain, UcwaClient } from '@plugfest/federation';
import type { LyncActor, LyncStory, Presence } from '../definition.ts';
import type { LyncSurroundings, TellStep } from './lync-actor.ts';

/** UCWA's words for them. */
const UCWA_WORDS: Record<Presence, string> = { online: 'Online', busy: 'Busy', away: 'Away', offline: 'Offline' };
/** What watchers read. */
const NUMBERS: Record<Presence, string> = { online: '3500', busy: '6500', away: '15500', offline: '18500' };
const USER_AGENT = 'iPhoneLync/5.0.0 (Lync 2013 for iPhone)';

type Domain = LyncDomain & { readonly password: string };

/** A simulated Lync mobile: HTTPS to the web side of its front end, whose SIP the other side sees. */
export function phoneOf(
  story: LyncStory,
  domain: Domain,
  surroundings: LyncSurroundings,
  resources: AsyncDisposableStack,
): LyncActor {
  const { user, contact } = story;
  const { partner, frontEnd } = domain;
  const heard: string[] = [];
  partner.onMessage = (text) => heard.push(text);
  const step: TellStep = (name, cites, ok, measured) =>
    surroundings.log.emit('lync.step', undefined, { name, cites, ok, measured });
  let client: UcwaClient | undefined;
  /** The conversation that the contact began. */
  let conversation = '';
  const phone = (): UcwaClient => {
    if (!client) throw new Error('nobody has signed in yet');
    return client;
  };
  return {
    async signsIn() {
      client = resources.use(await signedIn(story, domain, surroundings));
      client.onEvent = (event) => {
        conversation = acceptedBy(client, event) ?? conversation;
      };
      await client.makeAvailable();
      await client.watch([contact.address]);
      const sees = await client.sees(contact.address, 'Online');
      const [endpoint] = frontEnd.endpointsOf(user);
      const measured = `the front end registered ${endpoint?.gruu ?? 'nobody'}; the contact is ${sees ? '' : 'not '}seen online`;
      step(
        'It finds its server, signs in over HTTPS and sees its contact',
        'UCWA, “Create an application”',
        sees && endpoint !== undefined,
        measured,
      );
    },
    async seesPresence(presence) {
      const told = await partner.setAvailability(presence);
      const sees = await phone().sees(contact.address, UCWA_WORDS[presence]);
      const title = `It sees that a contact of a federated domain is ${presence}`;
      step(
        title,
        'UCWA, “contactPresence”; [MS-PRES]',
        told > 0 && sees,
        `${told} watchers were told; event ${sees ? 'came' : 'did not come'}`,
      );
    },
    async showsPresence(presence, note) {
      await phone().setPresence(UCWA_WORDS[presence]);
      await phone().setNote(note);
      const shown = frontEnd.recordOf(user)?.book.categoriesFor({ address: contact.address, kind: 'federated' }) ?? '';
      const value = /<availability>(\d+)</.exec(shown)?.[1];
      const ok = value === NUMBERS[presence] && shown.includes(note);
      step(
        `It says that it is ${presence}, with a note`,
        'UCWA, “presence”, “note”; [MS-PRES]',
        ok,
        `a federated watcher is told ${value}, ${shown.includes(note) ? 'with' : 'without'} the note`,
      );
    },
    async isWritten(text) {
      const statusCode = await partner.writes(user, text);
      const read = await phone().reads(text);
      const measured = `MESSAGE answered ${statusCode}; the event says ${JSON.stringify(read ?? null)}`;
      step(
        'It is written a message from outside',
        'RFC 3428; UCWA, “messagingInvitation”',
        statusCode === 200 && read === text,
        measured,
      );
    },
    async writes(text) {
      const isTaken = conversation !== '' && (await phone().say(conversation, text));
      const measured = `${contact.address} was sent: ${JSON.stringify(heard)}`;
      step('It writes back', 'RFC 3428; UCWA, “sendMessage”', isTaken && heard.includes(text), measured);
    },
    joinsMeeting: () => joinsMeeting(phone(), story, domain, step),
    async signsOut() {
      await phone()[Symbol.asyncDispose]();
      const left = frontEnd.endpointsOf(user).length;
      step(
        'It signs out',
        'UCWA, “application”; [MS-SIPREGE] §3.1.4',
        left === 0,
        `${left} of its clients are registered`,
      );
    },
  };
}

function signedIn(
  { user }: LyncStory,
  { nameServer, password }: Domain,
  { clock, random, authority }: LyncSurroundings,
): Promise<UcwaClient> {
  return UcwaClient.signIn({
    clock,
    address: user,
    password,
    caPem: authority.certificate,
    nameServer,
    userAgent: USER_AGENT,
    endpointId: random.token(16),
  });
}

/** An invitation to talk is taken; its conversation. */
function acceptedBy(client: UcwaClient | undefined, { link, type, _embedded }: ClientEvent): string | undefined {
  const invitation = _embedded?.messagingInvitation;
  if (link.rel !== 'messagingInvitation' || type !== 'started' || invitation?.direction !== 'Incoming')
    return undefined;
  // What goes wrong with it shows in the message that does not come.
  void client?.answers(invitation, 'accept').catch(() => undefined);
  const { conversation } = invitation._links;
  return Array.isArray(conversation) ? conversation[0]?.href : conversation?.href;
}

/** Its user made it, with another client. Only the focus: pictures and sound of a phone are in the scenarios with a bridge. */
async function joinsMeeting(
  phone: UcwaClient,
  { user }: LyncStory,
  { frontEnd }: Domain,
  step: TellStep,
): Promise<void> {
  const focus = frontEnd.conferences.create(user);
  if (!focus) throw new Error('the pool has too many conferences');
  const isListed = (): boolean => focus.roster().includes(`entity="sip:${user}"`);
  const joined = await phone.joinMeeting(focus.uri);
  const before = isListed();
  await phone.leave(joined.conversation);
  const after = isListed();
  const measured = `the focus answered ${joined.statusCode}; in its roster: ${before}, afterwards: ${after}`;
  const title = 'It joins the focus of a conference of Lync’s, and leaves it';
  step(title, '[MS-CONFBAS] §3.4; UCWA, “joinOnlineMeeting”', joined.ok && before && !after, measured);
}
