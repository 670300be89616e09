import type { PeerProfile } from '@plugfest/endpoints';
import type { FederationPolicy, FederationRule } from '@plugfest/federation';
import type { EndpointKind, Expectation, ExternalSpec, LayoutName, Network, ParticipantPlan } from '@plugfest/model';
import type { Bug, Conversation } from './bug.ts';
import type { RecordedCall } from './replay/recorded-call.ts';
import type { TruthTable } from './truth-table.ts';

/** A participant as a scenario writes it; the plan numbers it and gives it a look and a voice. */
export interface ParticipantSpec {
  readonly name: string;
  readonly kind: EndpointKind;
  readonly profile: string;
  /** SIP address of record. */
  readonly uri: string;
  readonly clientVersion?: string;
  /** True where the product is simulated from recorded facts. */
  readonly simulated: boolean;
  /** Which of the drawn people plays it; its place in the list where absent. Two of one run must differ modulo 8. */
  readonly look?: number;
  /** What it offers of all that it can, where it can choose; everything where absent. */
  readonly offers?: ParticipantPlan['offers'];
  /** Its network: a profile's name (`plugfest list --networks`), or what the network does to packets. Perfect where absent. */
  readonly network?: string | Network;
  /** What a SIP room leaves out of its INVITE: headers by name, lines of its description to the letter. */
  readonly leavesOut?: { readonly headers?: readonly string[]; readonly sdpLines?: readonly string[] };
  /** Of kind `external`: what plays it. */
  readonly external?: ExternalSpec;
}

/** A program of others that only signals; the plan says what it must find. */
export interface PeerSpec {
  readonly profile: PeerProfile;
}

/** Such a program while the story runs. */
export interface PeerActor {
  /** Starts it; passes when it has ended, however it did: expectations speak of it. */
  runs(): Promise<void>;
  /** The bridge calls it into the conference, while it runs. */
  isCalled(): Promise<void>;
}

/** One participant while the story runs. */
export interface Actor {
  readonly id: string;
  /** Calls the conference. Being refused is an outcome, not an error: expectations speak of it. */
  joins(): Promise<void>;
  /** Barrier: a picture was decoded and sound arrived. Passes at once for who was refused. */
  receivesMedia(): Promise<void>;
  /** Asks the bridge for another picture: a layout of its own (null: the conference's again), itself in it or not. Passes when it is shown. */
  switchesView(wish: ViewSwitch): Promise<void>;
  /** From now on its media go through this network: a profile's name, or what the network does to packets; `{}` is a perfect one. */
  hasNetwork(network: string | Network): Promise<void>;
  /** Its NAT forgets it: its media come from other ports from now on, and what is sent to the old ones is lost. */
  isRebound(): Promise<void>;
  /** It offers anew what was agreed. Who cannot makes the run `unsupported`; so with what follows. */
  renegotiates(): Promise<void>;
  /** Passes when it has been on hold for so long. */
  holds(on?: { readonly seconds: number }): Promise<void>;
  resumes(): Promise<void>;
  /** `0123456789*#ABCD`, one after the other, as telephone-events. */
  pressesKeys(keys: string): Promise<void>;
  /** The bridge ends its call. Passes when it has answered the BYE. */
  isRemoved(): Promise<void>;
  hangsUp(): Promise<void>;
}

export type Presence = 'online' | 'busy' | 'away' | 'offline';

/** A client of a Lync domain, its user, and the one contact of that user, in a federated domain; the contact is simulated. */
export interface LyncStory {
  /** Default `pidgin-sipe`: a real one, over SIP. `phone`: a simulated Lync mobile, over HTTPS. */
  readonly client?: 'pidgin-sipe' | 'phone';
  /** What a real client speaks SIP over; default `tcp`. */
  readonly transport?: 'tcp' | 'tls';
  /** `user@domain`. */
  readonly user: string;
  readonly contact: { readonly address: string; readonly name: string };
}

/** That client while the story runs. What it does not do is written down: expectations speak of it. */
export interface LyncActor {
  signsIn(): Promise<void>;
  /** The contact's presence changes. */
  seesPresence(presence: Presence): Promise<void>;
  /** The contact writes to it. */
  isWritten(text: string): Promise<void>;
  /** It writes into the conversation that the contact began. */
  writes(text: string): Promise<void>;
  /** It says how available it is, with a note. Only of a phone: nobody types that into a real client. */
  showsPresence(presence: Presence, note: string): Promise<void>;
  /** It joins the focus of a conference of Lync's, and leaves it. Only of a phone. */
  joinsMeeting(): Promise<void>;
  signsOut(): Promise<void>;
}

/** What a participant wants to be shown from now on; absent: as before. */
export interface ViewSwitch {
  readonly layout?: LayoutName | null;
  readonly selfView?: boolean;
}

/** The conference itself, as its host steers it. */
export interface ConferenceStage<Id extends string> {
  /** For all who have no layout of their own. */
  switchesLayout(layout: LayoutName): Promise<void>;
  /** Who has the first seats of every view, whoever speaks; nobody: who speaks. */
  putsInSpotlight(...participants: readonly Id[]): Promise<void>;
}

/** All participants at once. */
export interface Everyone {
  joins(): Promise<void>;
  receivesMedia(): Promise<void>;
  /** Barrier: the bridge shows each participant who joined to each other one. */
  isShownToEveryone(): Promise<void>;
  hangsUp(): Promise<void>;
}

export interface Stage<Id extends string, PeerId extends string = string> {
  readonly participants: Readonly<Record<Id, Actor>>;
  readonly peers: Readonly<Record<PeerId, PeerActor>>;
  readonly everyone: Everyone;
  readonly conference: ConferenceStage<Id>;
  /** Plays one side of the scenario's captured call, from its first message to its last. */
  replays(): Promise<void>;
  /** Holds a conversation of the scenario's bug. */
  converses(as: Conversation): Promise<void>;
  /** Asks for every combination of the scenario's truth table. */
  asksEverything(): Promise<void>;
  /** The Lync client, where the scenario has one. */
  readonly lync: LyncActor;
  /** Opens the window in which everything is measured. */
  measure(window: { readonly seconds: number }): Promise<void>;
}

/** What a negative twin breaks; left whole with `--satisfied`, where the twin must fail. */
export interface Twin<Id extends string> {
  readonly rule: FederationRule;
  readonly breaks: {
    readonly federation?: Partial<FederationPolicy>;
    readonly participants?: Partial<Record<Id, Partial<ParticipantSpec>>>;
  };
}

/** A scenario file's default export: a story, who is in it, what happens, and what must hold. */
export interface ScenarioDefinition<Id extends string = string, PeerId extends string = string> {
  readonly title: string;
  readonly story?: string;
  readonly conference?: {
    /** The user on whose behalf the conference is held: the callee of the federation rules. */
    readonly owner?: string;
    /** A bridge of others holds it, started for the run. */
    readonly bridge?: 'janus';
    /** A real proxy of others before the bridge: all calls of participants and peers go through it. */
    readonly proxy?: 'kamailio';
    readonly layout?: LayoutName;
    readonly width?: number;
    readonly height?: number;
    readonly frameRate?: number;
  };
  readonly federation?: FederationPolicy;
  readonly participants: Readonly<Record<Id, ParticipantSpec>>;
  /** Programs that only signal, besides the participants. */
  readonly peers?: Readonly<Record<PeerId, PeerSpec>>;
  /** An interop bug that the bridge must not have: see `bug`. */
  readonly bug?: Bug;
  /** A Lync client and its domain; what a real one needs on this machine is asked for before the run. */
  readonly lync?: LyncStory;
  /** Who may reach whom across a border: see `truthTable`. */
  readonly truthTable?: TruthTable;
  /** A call of the field of which one side is played: see `plugfest import`. */
  readonly replay?: RecordedCall;
  /** What is broken on purpose whenever it runs, as on the command line: `room:event-clock`. */
  readonly sabotage?: readonly string[];
  readonly steps: (stage: Stage<Id, PeerId>) => Promise<void>;
  readonly expects: readonly Expectation[];
  readonly twin?: Twin<Id>;
}

/** Types a scenario; the definition comes back as it is. */
export function scenario<const Id extends string, const PeerId extends string = never>(
  definition: ScenarioDefinition<Id, PeerId>,
): ScenarioDefinition<Id, PeerId> {
  return definition;
}
