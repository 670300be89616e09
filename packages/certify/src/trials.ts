import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '@plugfest/model';
import {
  aDeviceConference,
  aRealConference,
  type ParticipantSpec,
  refusedBy,
  type ScenarioDefinition,
  type Stage,
  scenario,
  sipRoom,
  wrtc,
} from '@plugfest/scenario';
import type { CertifiedEndpoint } from './certified-endpoint.ts';

/** The participant that is certified. */
export const SUBJECT = 'subject';
export const PARTNER = 'partner';

/** One run of a certification. */
export interface Trial {
  readonly name: string;
  readonly what: string;
  /** Of the endpoint. */
  readonly network?: string | Network;
  /** Default: 4. */
  readonly measuredS?: number;
  /** Chance has a part in it: it is run several times. */
  readonly isRough?: boolean;
  /** For clients behind their own domain's edge only. */
  readonly isOfBorders?: boolean;
  readonly steps?: (stage: Stage<typeof SUBJECT | typeof PARTNER>) => Promise<void>;
}

async function meet({ everyone }: Stage<string>): Promise<void> {
  await everyone.joins();
  await everyone.receivesMedia();
  await everyone.isShownToEveryone();
}

const MEASURED_S = 4;
/** As long as the first wait for an ACK before an answer is sent again (RFC 3261 §17.1.1.1, T1). */
const ACKNOWLEDGED_MS = 500;
/** On whose behalf the conference of a federated client is held. */
const OWNER = 'anna@corp.example';

export const TRIALS: readonly Trial[] = [
  { name: 'clean', what: 'a perfect network', measuredS: 8 },
  { name: 'wifi', what: 'Wi-Fi with neighbours', network: 'wifi', isRough: true },
  { name: 'lte', what: '4G on the move', network: 'lte', isRough: true },
  { name: 'vpn', what: 'a tunnel that long packets do not fit', network: 'vpn' },
  {
    name: 'loss',
    what: '2 % of packets lost each way',
    isRough: true,
    network: { sent: { lossRatio: 0.02 }, received: { lossRatio: 0.02 } },
  },
  {
    name: 'outage',
    what: 'nothing for a second, then all is well again: measured afterwards',
    isRough: true,
    async steps(stage) {
      await meet(stage);
      const { subject } = stage.participants;
      const dead = { lossRatio: 1 };
      await subject.hasNetwork({ sent: dead, received: dead, script: [{ atMs: 1000, sent: {}, received: {} }] });
      await stage.measure({ seconds: 6 });
      await stage.everyone.hangsUp();
    },
  },
  {
    name: 'removed',
    what: 'the conference ends its call',
    async steps(stage) {
      await meet(stage);
      await stage.measure({ seconds: 2 });
      await stage.participants.subject.isRemoved();
      await stage.everyone.hangsUp();
    },
  },
  {
    name: 'refused',
    what: 'the policy of its federation refuses its call',
    isOfBorders: true,
    async steps(stage) {
      await stage.participants.subject.joins();
      // The call ends for the client with the answer; that it acknowledges it is seen where that arrives.
      await sleep(ACKNOWLEDGED_MS);
    },
  },
];

/** The scenario of a trial: the endpoint and one partner of another kind in a conference. */
export function trialScenario(endpoint: CertifiedEndpoint, name: string): ScenarioDefinition {
  const trial = TRIALS.find((one) => one.name === name);
  if (!trial) throw new RangeError(`no trial “${name}”; there are: ${TRIALS.map((one) => one.name).join(', ')}`);
  if (!endpoint.participant) throw new RangeError(`${endpoint.name} is a bridge: it takes no part in “${name}”`);
  const isDevice = endpoint.participant.external?.form === 'device';
  const subject: ParticipantSpec = {
    ...endpoint.participant,
    look: 1,
    ...(trial.network ? { network: trial.network } : {}),
  };
  const partner = { name: 'Partner', uri: 'sip:partner@conference.corp.example', look: 2 };
  return scenario({
    title: `${endpoint.name}: ${trial.what}`,
    story: `A trial of a certification: ${trial.what}.`,
    participants: {
      subject,
      partner: subject.kind === 'webrtc-node' ? sipRoom(partner) : wrtc(partner),
    },
    async steps(stage) {
      if (trial.steps) return trial.steps(stage);
      await meet(stage);
      await stage.measure({ seconds: trial.measuredS ?? MEASURED_S });
      await stage.everyone.hangsUp();
    },
    ...(subject.kind === 'federated' ? federationOf(subject.uri, trial.name !== 'refused') : {}),
    expects:
      trial.name === 'refused'
        ? [refusedBy('provider-enabled', SUBJECT)]
        : isDevice
          ? aDeviceConference()
          : aRealConference({ frameRate: 12 }),
  }) as ScenarioDefinition;
}

/** The federation of a client that has everything that lets it call, or all but its provider's leave. */
function federationOf(uri: string, isAllowed: boolean): Pick<ScenarioDefinition, 'conference' | 'federation'> {
  const user = uri.replace(/^sip:/, '');
  return {
    conference: { owner: OWNER },
    federation: {
      domainProvisioned: true,
      providerEnabled: isAllowed,
      publicAccessUsers: [OWNER],
      privacy: {},
      contacts: { [OWNER]: [user], [user]: [OWNER] },
      privacyStatusCode: 480,
      skypePath: 'trusted-application',
    },
  };
}
