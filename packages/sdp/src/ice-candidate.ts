/** `a=candidate`. @see RFC 8839 §5.1 */
export interface IceCandidate {
  readonly foundation: string;
  readonly component: number;
  /** `udp`, `tcp`, or Lync's `TCP-ACT`/`TCP-PASS`; lower case. */
  readonly transport: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: string;
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  readonly tcpType?: string;
}
