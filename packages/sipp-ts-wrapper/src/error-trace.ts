/** One entry of `-trace_err`. */
export interface SippError {
  /** Microseconds since 1970; 0 where the entry has no time. */
  readonly epochUs: number;
  readonly text: string;
  /** Set where a call met a message that its scenario does not know at that place. */
  readonly unexpected?: UnexpectedMessage;
}

export interface UnexpectedMessage {
  readonly callId: string;
  /** Method or status code, where one was waited for. */
  readonly expected?: string;
  /** Place in the scenario, counted from 0, without labels; undefined where SIPp does not say it. */
  readonly stepIndex?: number;
  /** The whole message, one character an octet; of BYE and CANCEL SIPp tells the method alone. */
  readonly received: string;
}

const HEAD = /^(\d{4}-\d\d-\d\d)[\tT ](\d\d:\d\d:\d\d)\.(\d{6})[^:\n]*?(?:\t\d+\.\d+)?: /gm;
const UNEXPECTED =
  /call on unexpected message for Call-Id '([^']*)': (?:while expecting '([^']*)' |while [^(]*)\(index (\d+)\), received '([\s\S]*)'\.?\s*$/;

const UNEXPECTED_END = /call on an unexpected (BYE|CANCEL) for call: (\S+)/;

/** Reads a whole error file: entries begin with a time, all else belongs to the entry before. */
export function parseErrors(text: string): SippError[] {
  const heads = [...text.matchAll(HEAD)];
  return heads.map((head, i) => {
    const [, date, time, microseconds] = head;
    const body = text.slice(head.index + head[0].length, heads[i + 1]?.index).trimEnd();
    return {
      epochUs: Date.parse(`${date}T${time}Z`) * 1000 + Number(microseconds),
      text: body,
      ...unexpectedIn(body),
    };
  });
}

function unexpectedIn(text: string): Pick<SippError, 'unexpected'> {
  const ending = UNEXPECTED_END.exec(text);
  if (ending) return { unexpected: { callId: ending[2] ?? '', received: ending[1] ?? '' } };
  const match = UNEXPECTED.exec(text);
  if (!match) return {};
  const [, callId = '', expected, stepIndex, received = ''] = match;
  return {
    unexpected: { callId, ...(expected === undefined ? {} : { expected }), stepIndex: Number(stepIndex), received },
  };
}
