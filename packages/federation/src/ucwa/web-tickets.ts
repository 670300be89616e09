import { timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '@plugfest/model';

export interface WebTicketOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined: there is no such user, or one who cannot sign in so. */
  readonly passwordOf: (address: string) => string | undefined;
}

interface Ticket {
  readonly address: string;
  readonly untilUs: number;
}

/** Eight hours, as on premises. [M] */
const LIFETIME_S = 28_800;
const MAX_TICKETS = 1000;
/** Wrong passwords in a row for one name, before it has to wait. [M] */
const MAX_WRONG = 10;
const PAUSE_S = 60;

/** What a token request came to: its reply, or the error of OAuth. */
export type TokenOutcome =
  | { readonly ok: true; readonly reply: Readonly<Record<string, string | number>> }
  | { readonly ok: false; readonly error: 'invalid_grant' | 'unsupported_grant_type' | 'temporarily_unavailable' };

/** Tokens for who knows a user's password. @see RFC 6749 §4.3; UCWA, “Authentication in UCWA” */
export class WebTickets {
  readonly #options: WebTicketOptions;
  readonly #tickets = new Map<string, Ticket>();
  readonly #wrong = new Map<string, { count: number; untilUs: number }>();

  constructor(options: WebTicketOptions) {
    this.#options = options;
  }

  issue(form: URLSearchParams): TokenOutcome {
    if (form.get('grant_type') !== 'password') return { ok: false, error: 'unsupported_grant_type' };
    const address = (form.get('username') ?? '').toLowerCase().slice(0, 450);
    const { clock, random, passwordOf } = this.#options;
    const nowUs = clock.nowUs();
    const wrong = this.#wrong.get(address);
    if (wrong && wrong.count >= MAX_WRONG && wrong.untilUs > nowUs)
      return { ok: false, error: 'temporarily_unavailable' };
    const password = passwordOf(address);
    if (password === undefined || !isSame(password, form.get('password') ?? '')) {
      if (this.#wrong.size >= MAX_TICKETS) this.#wrong.clear();
      this.#wrong.set(address, { count: (wrong?.count ?? 0) + 1, untilUs: nowUs + PAUSE_S * 1e6 });
      return { ok: false, error: 'invalid_grant' };
    }
    this.#wrong.delete(address);
    this.#forgetOld(nowUs);
    const token = `cwt=${random.token(48)}`;
    this.#tickets.set(token, { address, untilUs: nowUs + LIFETIME_S * 1e6 });
    return {
      ok: true,
      reply: { access_token: token, expires_in: LIFETIME_S, ms_rtc_identityscope: 'local', token_type: 'Bearer' },
    };
  }

  /** Whose token an Authorization header brings. */
  bearerOf(authorization: string | undefined): string | undefined {
    const token = /^Bearer ([!-~]{1,4000})$/i.exec(authorization ?? '')?.[1] ?? '';
    const ticket = this.#tickets.get(token);
    return ticket && ticket.untilUs > this.#options.clock.nowUs() ? ticket.address : undefined;
  }

  #forgetOld(nowUs: number): void {
    for (const [token, { untilUs }] of this.#tickets)
      if (untilUs <= nowUs || this.#tickets.size >= MAX_TICKETS) this.#tickets.delete(token);
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
