import {matches} from './topics.js';

const PRESETS = ['prices.#', 'orders.#', 'news.*', 'chat.*', '#'];
const RETRY = 2_000;

/** The patterns the page wants, shown as chips; the gateway is told again after each reconnect. */
export class Subscriptions {
  #connection;
  #notice;
  #list = document.getElementById('subscriptions');
  #presets = document.getElementById('presets');
  #wanted = new Map();

  /** `notice(kind, text)` tells what went wrong. */
  constructor(connection, notice) {
    this.#connection = connection;
    this.#notice = notice;
    const input = document.getElementById('subscribe-pattern');
    document.getElementById('subscribe').addEventListener('submit', event => {
      event.preventDefault();
      this.add(input.value.trim());
      input.value = '';
    });
    for (const pattern of PRESETS) {
      this.#presets.append(this.#preset(pattern));
    }
  }

  add(pattern) {
    if (!pattern || this.#wanted.has(pattern)) {
      return;
    }
    const chip = this.#chip(pattern);
    this.#wanted.set(pattern, {chip, count: 0, retry: 0, position: null});
    this.#list.append(chip);
    this.#refreshPresets();
    this.#subscribe(pattern);
  }

  /**
   * The connection is there (again): nothing is subscribed on it yet. Where the gateway keeps a history, each pattern goes on behind the
   * last position that this page was told; for each of those, whether nothing is missing.
   */
  async resubscribe() {
    const resumed = await Promise.all([...this.#wanted.keys()].map(pattern => this.#subscribe(pattern)));
    return resumed.filter(recovered => recovered !== undefined);
  }

  /** Everything up to `position` has come for the patterns that match `topic`. */
  passed(topic, position) {
    for (const [pattern, subscription] of this.#wanted) {
      if (matches(pattern, topic)) {
        subscription.position = position;
      }
    }
  }

  /** The same, told for one pattern. */
  stands(pattern, position) {
    const subscription = this.#wanted.get(pattern);
    if (subscription) {
      subscription.position = position;
    }
  }

  /** The connection is gone. */
  suspend() {
    for (const subscription of this.#wanted.values()) {
      subscription.chip.dataset.state = 'waiting';
      clearTimeout(subscription.retry);
    }
  }

  /** The gateway ended it. */
  forget(pattern) {
    const subscription = this.#wanted.get(pattern);
    if (subscription) {
      clearTimeout(subscription.retry);
      subscription.chip.remove();
      this.#wanted.delete(pattern);
      this.#refreshPresets();
    }
  }

  count(topic) {
    for (const [pattern, subscription] of this.#wanted) {
      if (matches(pattern, topic)) {
        subscription.count++;
      }
    }
  }

  /** Once a second. */
  showRates() {
    for (const subscription of this.#wanted.values()) {
      subscription.chip.querySelector('.rate').textContent = `${subscription.count}/s`;
      subscription.count = 0;
    }
  }

  async #subscribe(pattern) {
    const subscription = this.#wanted.get(pattern);
    subscription.chip.dataset.state = 'waiting';
    if (!this.#connection.online) {
      return;
    }
    const from = subscription.position === null ? {} : {from: {position: subscription.position}};
    try {
      const {subscriptions: [told]} = await this.#connection.command('subscribe', {topic: pattern, ...from});
      subscription.chip.dataset.state = 'live';
      subscription.position = told?.position ?? null;
      if (!this.#wanted.has(pattern)) { // taken away before the answer came
        await this.#connection.command('unsubscribe', {topic: pattern});
      }
      return told?.recovered;
    } catch (refusal) {
      this.#refused(pattern, subscription, refusal);
    }
  }

  #refused(pattern, subscription, refusal) {
    if (refusal.code === 'disconnected' || this.#wanted.get(pattern) !== subscription) {
      return;
    }
    if (refusal.code === 'unavailable') {
      subscription.retry = setTimeout(() => this.#subscribe(pattern), RETRY);
      return;
    }
    this.forget(pattern);
    this.#notice('error', `Not subscribed to ${pattern}: ${refusal.message} (${refusal.code})`);
  }

  async #remove(pattern) {
    const live = this.#wanted.get(pattern).chip.dataset.state === 'live';
    this.forget(pattern);
    if (live) {
      await this.#connection.command('unsubscribe', {topic: pattern})
        .catch(refusal => refusal.code !== 'disconnected' && this.#notice('error', `${refusal.message} (${refusal.code})`));
    }
  }

  #chip(pattern) {
    const chip = document.createElement('li');
    chip.dataset.pattern = pattern;
    chip.dataset.testid = 'subscription';
    const name = document.createElement('code');
    name.textContent = pattern;
    const rate = document.createElement('span');
    rate.className = 'rate';
    rate.textContent = '0/s';
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.textContent = '×';
    remove.setAttribute('aria-label', `Unsubscribe from ${pattern}`);
    remove.addEventListener('click', () => this.#remove(pattern));
    chip.append(name, rate, remove);
    return chip;
  }

  #preset(pattern) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.pattern = pattern;
    button.textContent = pattern;
    button.setAttribute('aria-label', `Subscribe to ${pattern}`);
    button.addEventListener('click', () => this.add(pattern));
    return button;
  }

  #refreshPresets() {
    for (const button of this.#presets.querySelectorAll('button')) {
      button.hidden = this.#wanted.has(button.dataset.pattern);
    }
    this.#presets.hidden = PRESETS.every(pattern => this.#wanted.has(pattern));
  }
}
