/** A NAPTR record: which service a domain prefers, and where its SRV records are. @see RFC 3403 §4 */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  /** `SIP+D2U`, `SIPS+D2T` … */
  readonly service: string;
  readonly replacement: string;
}

/** A server of a service. @see RFC 2782 */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Host name; empty or `.`: the service is decidedly not offered. */
  readonly name: string;
}

/** The domain name system as far as SIP asks it. What is not there is an empty list; what cannot be asked too: nothing is thrown. */
export interface NameServer {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4, then IPv6. */
  addresses(name: string): Promise<readonly string[]>;
}
