/** An answer that is no 2xx, sent as `application/problem+json`. @see RFC 9457 */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}
