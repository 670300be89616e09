/** An `a=candidate` line. @see RFC 8839 §5.1 */
export interface Candidate {
  readonly foundation: string;
  /** 1 is RTP, 2 RTCP. */
  readonly component: number;
  readonly transport: string;
  readonly priority: number;
  /** A literal, an mDNS name or a host name. */
  readonly address: string;
  readonly port: number;
  readonly type: string;
  /** What follows the type, with the blank before it: byte for byte. */
  readonly rest: string;
}

const CANDIDATE = /^a=candidate:(\S+) (\d{1,3}) (\S+) (\d{1,10}) (\S+) (\d{1,5}) typ (\S+)(.*)$/;

/** Undefined for lines that are no candidate, or none that could be used. */
export function parseCandidate(line: string): Candidate | undefined {
  const match = CANDIDATE.exec(line);
  if (!match) return undefined;
  const [, foundation = '', component, transport = '', priority, address = '', port, type = '', rest = ''] = match;
  if (Number(port) > 65_535 || Number(port) === 0) return undefined;
  const numbers = { component: Number(component), priority: Number(priority), port: Number(port) };
  return { foundation, transport, address, type, rest, ...numbers };
}

export function formatCandidate(candidate: Candidate): string {
  const { foundation, component, transport, priority, address, port, type, rest } = candidate;
  return `a=candidate:${foundation} ${component} ${transport} ${priority} ${address} ${port} typ ${type}${rest}`;
}
