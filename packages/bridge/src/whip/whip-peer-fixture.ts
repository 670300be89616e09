import type wrtc from '@roamhq/wrtc';

type PeerConnection = InstanceType<typeof wrtc.RTCPeerConnection>;

/** For tests: one session of a client over HTTP, its candidates one by one as libwebrtc finds them. */
export class WhipPeer {
  readonly #peer: PeerConnection;
  #url = '';
  #etag = '';
  #answer = '';
  /** Candidates go out one after the other, after the offer's answer. */
  #last: Promise<unknown>;
  readonly #answered = Promise.withResolvers<void>();

  constructor(peer: PeerConnection) {
    this.#peer = peer;
    this.#last = this.#answered.promise;
    peer.onicecandidate = ({ candidate }: { candidate: { candidate: string } | null }) => {
      const line = candidate ? `a=${candidate.candidate}` : 'a=end-of-candidates';
      if (line !== 'a=') this.#last = this.#last.then(() => this.#patch([line], this.#etag));
    };
  }

  /** @throws where the bridge refuses */
  async start(endpoint: string): Promise<void> {
    const offer = await this.#peer.createOffer();
    await this.#peer.setLocalDescription(offer);
    const headers = { 'content-type': 'application/sdp' };
    const response = await fetch(endpoint, { method: 'POST', headers, body: offer.sdp ?? '' });
    if (response.status !== 201) throw new Error(`refused: ${response.status} ${await response.text()}`);
    this.#url = new URL(response.headers.get('location') ?? '', endpoint).href;
    this.#etag = response.headers.get('etag') ?? '';
    this.#answer = await response.text();
    await this.#peer.setRemoteDescription({ type: 'answer', sdp: this.#answer });
    this.#answered.resolve();
  }

  /** What the answer says stays, but for ICE. @see RFC 9725 §4.3.3 */
  async restartIce(): Promise<void> {
    const restarted = Promise.withResolvers<void>();
    this.#last = restarted.promise;
    await this.#peer.setLocalDescription(await this.#peer.createOffer({ iceRestart: true }));
    const response = await this.#patch([], '*');
    const fragment = await response.text();
    this.#etag = response.headers.get('etag') ?? '';
    restarted.resolve();
    for (const name of ['ice-ufrag', 'ice-pwd']) {
      const value = new RegExp(`^a=${name}:(\\S+)`, 'm').exec(fragment)?.[1];
      this.#answer = this.#answer.replaceAll(new RegExp(`^a=${name}:\\S+`, 'gm'), `a=${name}:${value}`);
    }
    const candidates = fragment.match(/^a=candidate:.*\r\n/gm)?.join('') ?? '';
    this.#answer = this.#answer
      .replaceAll(/^a=candidate:.*\r\n/gm, '')
      .replaceAll(/^(a=ice-pwd:.*\r\n)/gm, `$1${candidates}`);
    await this.#peer.setRemoteDescription({ type: 'answer', sdp: this.#answer });
  }

  async end(): Promise<void> {
    await fetch(this.#url, { method: 'DELETE' });
  }

  async #patch(lines: readonly string[], ifMatch: string): Promise<Response> {
    const sdp = this.#peer.localDescription?.sdp ?? '';
    const own = ['ice-ufrag', 'ice-pwd'].map((name) => new RegExp(`^a=${name}:\\S+`, 'm').exec(sdp)?.[0] ?? '');
    const body = [...own, 'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', ...lines, ''].join('\r\n');
    const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': ifMatch };
    const response = await fetch(this.#url, { method: 'PATCH', headers, body });
    if (!response.ok) throw new Error(`PATCH: ${response.status} ${await response.text()}`);
    return response;
  }
}
