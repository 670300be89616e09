import { mkdirSync } from 'node:fs';
import { SipeClient } from '@plugfest/endpoints';
import { type CertificateAuthority, HopNames, type LyncDomain, openLyncDomain } from '@plugfest/federation';
import type { Clock, Random } from '@plugfest/model';
import type { LyncActor, LyncStory, Presence } from '../definition.ts';
import type { EventLog } from '../event-log.ts';
import type { RunDirectory } from '../run-directory.ts';
import { phoneOf } from './phone-actor.ts';
import type { SipTrace } from './sip-trace.ts';

export interface LyncSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly authority: CertificateAuthority;
  readonly directory: RunDirectory;
  readonly log: EventLog;
  readonly trace: SipTrace;
}

/** The client's own words for them. */
const SIPE_WORDS: Record<Presence, string> = { online: 'available', busy: 'busy', away: 'away', offline: 'offline' };
const PATIENCE_MS = 8000;

/** What a step came to. */
export type TellStep = (name: string, cites: string, ok: boolean, measured: string) => void;

/** A Lync domain with a federated partner, and a client that signs in to it. */
export async function openLync(
  story: LyncStory,
  surroundings: LyncSurroundings,
  resources: AsyncDisposableStack,
): Promise<LyncActor> {
  const { clock, random, authority, trace, log } = surroundings;
  const password = random.token(12);
  const names = new HopNames((address) => address.split('@')[0] ?? address);
  const domain = resources.use(
    await openLyncDomain({
      clock,
      random: random.fork('lync'),
      authority,
      domain: story.user.split('@')[1] ?? '',
      users: [{ address: story.user, displayName: story.user, password, contacts: [story.contact] }],
      partner: story.contact.address,
      names,
      onSip: (message) => trace.record(message),
      onExchange: (exchange) => log.emit('ucwa.exchange', undefined, { ...exchange }),
    }),
  );
  const opened = { ...domain, password };
  const isPhone = story.client === 'phone';
  return (isPhone ? phoneOf : actorOf)(story, opened, surroundings, resources);
}

function actorOf(
  { user, contact, transport = 'tcp' }: LyncStory,
  { frontEndTcp, frontEndTls, frontEnd, partner, password }: LyncDomain & { readonly password: string },
  { clock, signal, directory, log }: LyncSurroundings,
  resources: AsyncDisposableStack,
): LyncActor {
  let client: SipeClient | undefined;
  const heard: string[] = [];
  partner.onMessage = (text) => heard.push(text);
  const step: TellStep = (name, cites, ok, measured) =>
    log.emit('lync.step', undefined, { name, cites, ok, measured, log: 'work/sipe/finch.log' });
  const signedIn = (): SipeClient => {
    if (!client) throw new Error('nobody has signed in yet');
    return client;
  };
  const own = (line: string | undefined): string =>
    line === undefined ? 'its log says nothing of it' : `its log: “${line.slice(0, 200)}”`;
  return {
    async signsIn() {
      const workDir = directory.file('work/sipe');
      mkdirSync(workDir, { recursive: true });
      const [server, certificate] = transport === 'tls' ? [frontEndTls, frontEnd.certificate] : [frontEndTcp];
      client = resources.use(await SipeClient.open({ clock, user, password, server, certificate, workDir, signal }));
      log.emit('lync.client', undefined, { client: 'pidgin-sipe in finch', transport, isMended: client.isMended });
      const line = await client.says(new RegExp(`Added buddy sip:${contact.address}`));
      // From then on it watches: a change before that would be told to nobody.
      const seen = line && (await client.says(/process_incoming_notify_rlmi: available$/));
      const [endpoint] = frontEnd.endpointsOf(user);
      const isOver = endpoint?.flow.transport === transport;
      step(
        `It signs in over ${transport.toUpperCase()} and has its contact list`,
        '[MS-SIPREGE] §3.2, [MS-SIP] roaming contacts',
        seen !== undefined && isOver,
        `${own(line)}; registered over ${endpoint?.flow.transport ?? 'nothing'}`,
      );
    },
    async seesPresence(presence) {
      const from = signedIn().log.length;
      const told = await partner.setAvailability(presence);
      const line = await signedIn().says(new RegExp(`process_incoming_notify_rlmi: ${SIPE_WORDS[presence]}$`), from);
      const title = `It sees that a contact of a federated domain is ${presence}`;
      step(title, '[MS-PRES] categories', told > 0 && line !== undefined, `${told} watchers were told; ${own(line)}`);
    },
    async isWritten(text) {
      const from = signedIn().log.length;
      const statusCode = await partner.writes(user, text);
      const line = await signedIn().says(/got message from/, from);
      const ok = statusCode === 200 && line !== undefined && line.endsWith(text);
      step(
        'It is written a message from outside',
        'RFC 3428, [MS-SIP] IM sessions',
        ok,
        `MESSAGE answered ${statusCode}; ${own(line)}`,
      );
    },
    async writes(text) {
      await signedIn().types(text);
      const untilUs = clock.nowUs() + PATIENCE_MS * 1000;
      while (!heard.some((one) => one.includes(text)) && clock.nowUs() < untilUs)
        await new Promise<void>((resolve) => void clock.schedule(50, resolve));
      const ok = heard.some((one) => one.includes(text));
      step(
        'It writes back',
        'RFC 3428, [MS-SIP] IM sessions',
        ok,
        `${contact.address} was sent: ${JSON.stringify(heard)}`,
      );
    },
    showsPresence: () => notDriven('presence of its own'),
    joinsMeeting: () => notDriven('a conference'),
    async signsOut() {
      const from = signedIn().log.length;
      await signedIn().quits();
      const line = await signedIn().says(/expires = 0|disconnect|Destroying connection/i, from);
      step('It signs out', '[MS-SIPREGE] §3.1.4', line !== undefined, own(line));
    },
  };
}

function notDriven(what: string): Promise<never> {
  return Promise.reject(new Error(`the real client is not led to ${what}: a phone is`));
}
