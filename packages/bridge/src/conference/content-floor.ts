import { type BfcpSend, FloorServer } from '@plugfest/bfcp';
import type { Participant } from './participant.ts';

/** What BFCP calls the conference and its one floor, the same in every room, so that a call that is moved keeps what its answer said. */
export const FLOOR = { conferenceId: 1, floorId: 1 } as const;

/**
 * Who shows something to all. Rooms ask for it by BFCP, and get it at once: who had it loses it. Of peers without floor control whoever begins to send on its
 * second stream has it.
 */
export class ContentFloor {
  readonly #server: FloorServer;
  readonly #users = new Map<number, Participant>();
  readonly #onPresenter: (presenter: Participant | undefined) => void;
  /** Has it without BFCP. */
  #direct: Participant | undefined;
  /** Peers without floor control that are sending. */
  #sending: ReadonlySet<string> = new Set();
  #presenter: Participant | undefined;

  constructor(onPresenter: (presenter: Participant | undefined) => void) {
    this.#onPresenter = onPresenter;
    this.#server = new FloorServer({
      conferenceId: FLOOR.conferenceId,
      floorIds: [FLOOR.floorId],
      policy: 'take-over',
      onHolder: (_, userId) => {
        if (userId !== undefined) this.#direct = undefined;
      },
    });
  }

  get presenter(): Participant | undefined {
    return this.#presenter;
  }

  /** Somebody is here, or has agreed on a floor only now. */
  join(participant: Participant): void {
    const { floor, displayName, uri } = participant;
    if (!floor || floor.handlers) return;
    const { userId } = floor;
    this.#users.set(userId, participant);
    this.#server.addUser({ userId, displayName, uri });
    floor.handlers = {
      onMessage: (message) => this.#pass(this.#server.receive(userId, message)),
      onFault: (header, error, text) => this.#pass([this.#server.error(userId, header, error, text)]),
    };
  }

  leave(participant: Participant): void {
    const userId = [...this.#users].find(([, user]) => user === participant)?.[0];
    if (userId !== undefined) {
      this.#users.delete(userId);
      this.#pass(this.#server.removeUser(userId));
      if (participant.floor) participant.floor.handlers = undefined;
    }
    this.stop(participant);
  }

  /** Gives it to somebody by the host's word. */
  give(participant: Participant): void {
    this.#direct = participant;
    this.#pass(this.#server.revoke(FLOOR.floorId));
  }

  /** Takes it from somebody who has it. */
  stop(participant: Participant): void {
    if (this.#direct === participant) this.#direct = undefined;
    const holder = this.#server.holder(FLOOR.floorId);
    if (holder !== undefined && this.#users.get(holder) === participant) this.#pass(this.#server.revoke(FLOOR.floorId));
    this.#settle();
  }

  /** Looks who of those without floor control has begun or ended to send. */
  tick(participants: Iterable<Participant>): void {
    const sending = [...participants].filter(({ floor, slides }) => !floor && slides?.pictureSize !== undefined);
    const beginner = sending.find(({ id }) => !this.#sending.has(id));
    this.#sending = new Set(sending.map(({ id }) => id));
    if (beginner) this.give(beginner);
    else if (this.#direct && !this.#direct.floor && !this.#sending.has(this.#direct.id)) this.stop(this.#direct);
  }

  #pass(sends: readonly BfcpSend[]): void {
    for (const send of sends) this.#users.get(send.userId)?.floor?.deliver(send);
    this.#settle();
  }

  #settle(): void {
    const holder = this.#server.holder(FLOOR.floorId);
    const presenter = holder === undefined ? this.#direct : this.#users.get(holder);
    if (presenter === this.#presenter) return;
    this.#presenter = presenter;
    this.#onPresenter(presenter);
  }
}
