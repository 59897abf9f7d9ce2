import {milliseconds} from './meter.js';

const SAMPLES = {data: '{"from": "browser", "text": "Hello"}', text: 'Hello'};

/** The form that publishes, and what became of it. */
export class PublishForm {
  #connection;
  #form = document.getElementById('publish');
  #payload = document.getElementById('publish-payload');
  #send = document.getElementById('publish-send');
  #outcome = document.getElementById('publish-outcome');

  constructor(connection) {
    this.#connection = connection;
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      this.#publish();
    });
    this.#form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.#form.requestSubmit();
      }
    });
    this.#form.addEventListener('change', event => event.target.name === 'kind' && this.#swapSample(event.target.value));
  }

  async #publish() {
    if (this.#send.disabled) {
      return;
    }
    const {topic, kind, payload} = Object.fromEntries(new FormData(this.#form));
    const fault = kind === 'data' ? jsonFault(payload) : null;
    if (fault) {
      this.#show('error', `Not sent, it is no JSON: ${fault}`, 'bad_json');
      return;
    }
    const member = kind === 'data' ? `"data":${payload}` : `"text":${JSON.stringify(payload)}`;
    this.#send.disabled = true;
    this.#show('pending', 'Waiting for the broker to confirm');
    const start = performance.now();
    try {
      await this.#connection.command('publish', {topic: topic.trim()}, member);
      this.#show('ok', `Confirmed by the broker in ${milliseconds(performance.now() - start)} ms`);
    } catch (refusal) {
      const after = `${milliseconds(performance.now() - start)} ms`;
      const unroutable = refusal.code === 'unroutable';
      this.#show(unroutable ? 'unroutable' : 'error', `${refusal.message} (${refusal.code}, ${after})`, refusal.code);
    } finally {
      this.#send.disabled = false;
    }
  }

  #show(outcome, text, code = '') {
    this.#outcome.dataset.outcome = outcome;
    this.#outcome.dataset.code = code;
    this.#outcome.textContent = text;
  }

  /** The other kind's example, unless something was typed. */
  #swapSample(kind) {
    if (Object.values(SAMPLES).includes(this.#payload.value)) {
      this.#payload.value = SAMPLES[kind];
    }
  }
}

function jsonFault(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error.message;
  }
}
