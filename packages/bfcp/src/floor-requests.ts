import type { RequestStatus } from './message.ts';

/** One request for one or more floors. */
export interface FloorRequest {
  readonly id: number;
  readonly userId: number;
  readonly beneficiaryId: number;
  readonly floorIds: readonly number[];
  readonly priority: number;
  readonly info: string;
  status: RequestStatus;
  /** From 1; 0 for who does not wait. @see RFC 8855 §5.2.5 */
  queuePosition: number;
}

/** The ongoing requests of a conference, in the order in which they are served. @see RFC 8855 §4.1 */
export class FloorRequests {
  readonly #policy: 'take-over' | 'queue';
  readonly #ongoing: FloorRequest[] = [];
  #lastId = 0;

  constructor(policy: 'take-over' | 'queue') {
    this.#policy = policy;
  }

  get(id: number): FloorRequest | undefined {
    return this.#ongoing.find((each) => each.id === id);
  }

  of(userId: number): FloorRequest[] {
    return this.#ongoing.filter((each) => each.userId === userId);
  }

  for(floorId: number): FloorRequest[] {
    return this.#ongoing.filter((each) => each.floorIds.includes(floorId));
  }

  holder(floorId: number): FloorRequest | undefined {
    return this.for(floorId).find((each) => each.status === 'granted');
  }

  /** Takes a request in. Grants it where its floors are free, or freed by the policy; else it waits behind those of its own or higher priority. */
  add(asked: Omit<FloorRequest, 'id' | 'status' | 'queuePosition'>): {
    request: FloorRequest;
    revoked: FloorRequest[];
  } {
    const request: FloorRequest = { ...asked, id: this.#nextId(), status: 'accepted', queuePosition: 0 };
    const holders = [...new Set(request.floorIds.flatMap((each) => this.holder(each) ?? []))];
    const revoked = this.#policy === 'take-over' ? holders : [];
    for (const each of revoked) {
      each.status = 'revoked';
      this.#remove(each);
    }
    const behind = this.#ongoing.findIndex((each) => each.status === 'accepted' && each.priority < request.priority);
    this.#ongoing.splice(behind === -1 ? this.#ongoing.length : behind, 0, request);
    this.#grant();
    return { request, revoked };
  }

  /** Ends a request; those that are granted by that come back. */
  end(request: FloorRequest, status: RequestStatus): FloorRequest[] {
    request.status = status;
    this.#remove(request);
    return this.#grant();
  }

  #grant(): FloorRequest[] {
    const granted: FloorRequest[] = [];
    let waiting = 0;
    const taken = new Set(this.#ongoing.flatMap((each) => (each.status === 'granted' ? each.floorIds : [])));
    for (const request of this.#ongoing) {
      if (request.status !== 'accepted') continue;
      // A floor that somebody before is waiting for is as good as taken: nobody is overtaken.
      const isFree = request.floorIds.every((each) => !taken.has(each));
      for (const each of request.floorIds) taken.add(each);
      request.queuePosition = isFree ? 0 : ++waiting;
      if (!isFree) continue;
      request.status = 'granted';
      granted.push(request);
    }
    return granted;
  }

  #remove(request: FloorRequest): void {
    const at = this.#ongoing.indexOf(request);
    if (at !== -1) this.#ongoing.splice(at, 1);
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.get(this.#lastId) !== undefined);
    return this.#lastId;
  }
}
