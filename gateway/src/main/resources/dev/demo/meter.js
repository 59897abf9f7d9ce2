import {Sparkline} from './sparkline.js';

const SECONDS_SHOWN = 60;
const SAMPLES_PER_SECOND = 1000;
const CLOCKS_AGREE = 2;

const number = new Intl.NumberFormat('en');

/** How many messages come, and how old they are when they come. */
export class Meter {
  #rate = document.getElementById('rate');
  #latency = document.getElementById('latency');
  #received = document.getElementById('received');
  #roundTrip = document.getElementById('round-trip');
  #rates = new Sparkline(document.getElementById('rate-sparkline'), SECONDS_SHOWN, true);
  #latencies = new Sparkline(document.getElementById('latency-sparkline'), SECONDS_SHOWN, true);
  #total = 0;
  #count = 0;
  #samples = [];

  /** One message; its latency counts if its payload says when it was published, and not while this page was away. */
  count(message, late) {
    this.#total++;
    this.#count++;
    const published = publishedAt(message.data);
    if (published !== null && !late && this.#samples.length < SAMPLES_PER_SECOND) {
      this.#samples.push(now() - published);
    }
  }

  /** Once a second. */
  show() {
    const median = this.#median();
    this.#rate.textContent = number.format(this.#count);
    this.#received.textContent = number.format(this.#total);
    this.#latency.textContent = median === null ? '–' : milliseconds(median);
    this.#rates.push(this.#count);
    this.#latencies.push(median);
    this.#rates.draw();
    this.#latencies.draw();
    this.#count = 0;
    this.#samples = [];
  }

  roundTrip(ms) {
    this.#roundTrip.textContent = milliseconds(ms);
  }

  #median() {
    if (this.#samples.length === 0) {
      return null;
    }
    this.#samples.sort((a, b) => a - b);
    return Math.max(0, this.#samples[this.#samples.length >> 1]);
  }
}

/** `1.4`, `12`, `1,250`. */
export function milliseconds(ms) {
  return ms < 10 ? ms.toFixed(1) : number.format(Math.round(ms));
}

/** The payload's `time` as milliseconds since 1970, with the microseconds that Date leaves out; null if it says none. */
function publishedAt(data) {
  if (typeof data?.time === 'number') {
    return data.time;
  }
  if (typeof data?.time !== 'string') {
    return null;
  }
  const parsed = Date.parse(data.time);
  const fraction = /\.\d{3}(\d{1,6})/.exec(data.time);
  return Number.isNaN(parsed) ? null : parsed + (fraction ? Number(`0.${fraction[1]}`) : 0);
}

/** Finer than Date.now(), unless the two have drifted apart (the machine has slept, its clock was set). */
function now() {
  const fine = performance.timeOrigin + performance.now();
  return Math.abs(fine - Date.now()) < CLOCKS_AGREE ? fine : Date.now();
}
