import type { Network } from '@plugfest/model';
import {
  aRealConference,
  type ParticipantSpec,
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
  readonly steps?: (stage: Stage<typeof SUBJECT | typeof PARTNER>) => Promise<void>;
}

async function meet({ everyone }: Stage<string>): Promise<void> {
  await everyone.joins();
  await everyone.receivesMedia();
  await everyone.isShownToEveryone();
}

const MEASURED_S = 4;

export const TRIALS: readonly Trial[] = [
  { name: 'clean', what: 'a perfect network', measuredS: 8 },
  { name: 'wifi', what: 'Wi-Fi with neighbours', network: 'wifi' },
  { name: 'lte', what: '4G on the move', network: 'lte' },
  { name: 'vpn', what: 'a tunnel that long packets do not fit', network: 'vpn' },
  {
    name: 'loss',
    what: '2 % of packets lost each way',
    network: { sent: { lossRatio: 0.02 }, received: { lossRatio: 0.02 } },
  },
  {
    name: 'outage',
    what: 'nothing for a second, then all is well again: measured afterwards',
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
];

/** The scenario of a trial: the endpoint and one partner of another kind in a conference. */
export function trialScenario(endpoint: CertifiedEndpoint, name: string): ScenarioDefinition {
  const trial = TRIALS.find((one) => one.name === name);
  if (!trial) throw new RangeError(`no trial “${name}”; there are: ${TRIALS.map((one) => one.name).join(', ')}`);
  const subject: ParticipantSpec = {
    ...endpoint.participant,
    look: 1,
    ...(trial.network ? { network: trial.network } : {}),
  };
  const partner = { name: 'Partner', uri: 'sip:partner@conference.corp.example', look: 2 };
  return scenario({
    title: `${endpoint.name}: ${trial.what}`,
    story: `A trial of a certification: ${trial.what}.`,
    participants: { subject, partner: subject.kind === 'webrtc-node' ? sipRoom(partner) : wrtc(partner) },
    async steps(stage) {
      if (trial.steps) return trial.steps(stage);
      await meet(stage);
      await stage.measure({ seconds: trial.measuredS ?? MEASURED_S });
      await stage.everyone.hangsUp();
    },
    expects: aRealConference({ frameRate: 12 }),
  }) as ScenarioDefinition;
}
