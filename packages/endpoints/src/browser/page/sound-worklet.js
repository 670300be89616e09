/** Runs in the graph's own thread, as it is: nothing is bundled into it. */

/** Said before it is heard: a message may be that much late without a gap. */
const PREPARED_SAMPLES = 960;
/** What waits longer is delay that nobody asked for: the oldest of it goes. */
const MAX_WAITING_SAMPLES = 7200;
/** Ten milliseconds. */
const PIECE_SAMPLES = 480;
const FULL_SCALE = 32_767;

/** Gives out the samples that it is sent (Int16Array), silence where there are none. */
class Speaker extends AudioWorkletProcessor {
  #waiting = [];
  #waitingSamples = 0;
  #position = 0;
  #isSpeaking = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      this.#waiting.push(data);
      this.#waitingSamples += data.length;
      if (this.#waitingSamples > MAX_WAITING_SAMPLES) this.#leaveOut(this.#waitingSamples - PREPARED_SAMPLES);
    };
  }

  process(_inputs, [[output]]) {
    this.#isSpeaking ||= this.#waitingSamples >= PREPARED_SAMPLES;
    if (!this.#isSpeaking) return true;
    for (let i = 0; i < output.length && this.#waiting.length > 0; i++) output[i] = this.#next() / FULL_SCALE;
    this.#isSpeaking = this.#waiting.length > 0;
    return true;
  }

  #next() {
    const [first] = this.#waiting;
    const sample = first[this.#position++];
    this.#waitingSamples--;
    if (this.#position === first.length) {
      this.#waiting.shift();
      this.#position = 0;
    }
    return sample;
  }

  #leaveOut(samples) {
    for (let i = 0; i < samples; i++) this.#next();
  }
}

/** Sends what it hears in pieces, with the position of each in the graph's time. */
class Listener extends AudioWorkletProcessor {
  #piece = new Int16Array(PIECE_SAMPLES);
  #filled = 0;
  #frame = 0;

  process([[input]]) {
    if (!input) return true;
    for (let i = 0; i < input.length; i++) {
      if (this.#filled === 0) this.#frame = currentFrame + i;
      this.#piece[this.#filled++] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE, Math.round(input[i] * FULL_SCALE)));
      if (this.#filled === PIECE_SAMPLES) this.#send();
    }
    return true;
  }

  #send() {
    this.port.postMessage({ frame: this.#frame, samples: this.#piece }, [this.#piece.buffer]);
    this.#piece = new Int16Array(PIECE_SAMPLES);
    this.#filled = 0;
  }
}

registerProcessor('speaker', Speaker);
registerProcessor('listener', Listener);
