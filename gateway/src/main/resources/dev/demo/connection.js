/**
 * One WebSocket that speaks `sluice.v1.json`, and the next one when it is lost.
 *
 * The listener's methods: `state(state, text, canRetry)`, `welcome(welcome)`, `message(message)`, `notice(envelope)` for what the
 * gateway says on its own account, `roundTrip(ms)`.
 */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const PING_INTERVAL = 5_000;
const PONG_TIMEOUT = 10_000;

/** What the gateway refused, with its code; or `disconnected`: the answer will never come. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Close codes after which trying again would only fail again, and what to say. */
const FINAL = new Map([
  [1000, 'The gateway closed the connection'],
  [1002, 'The gateway found a protocol error in what this page sent'],
  [1003, 'The gateway takes no binary messages here'],
  [1007, 'The gateway found text that is not UTF-8'],
  [1008, 'The gateway refused this page: too many bad requests'],
  [1009, 'A message was too big for the gateway'],
  [4401, 'The gateway wants a token, which this page has not'],
  [4403, 'An operator disconnected this page'],
]);

export class Connection {
  #url;
  #listener;
  #socket = null;
  #welcomed = false;
  #waiting = new Map();
  #nextId = 1;
  #attempts = 0;
  #announcedDelay = null;
  #retryTimer = 0;
  #pingTimer = 0;
  #pingSent = null;

  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
  }

  get online() {
    return this.#welcomed;
  }

  open() {
    clearTimeout(this.#retryTimer);
    if (this.#socket) {
      return;
    }
    this.#listener.state('connecting', 'Connecting', false);
    const socket = new WebSocket(this.#url, 'sluice.v1.json');
    this.#socket = socket;
    socket.onmessage = event => this.#socket === socket && this.#receive(JSON.parse(event.data));
    socket.onclose = event => this.#socket === socket && this.#lost(event.code, event.reason);
  }

  /** Throws the connection away, as a lost network would, and comes back after `delay` ms. */
  drop(delay) {
    const dropped = this.#socket;
    if (dropped) {
      this.#announcedDelay = delay;
      this.#lost(1006, 'dropped');
      dropped.close();
    }
  }

  /**
   * Sends one command and waits for its answer. `payload` is one more member as JSON text, such as `"data":{"a":1.0}`; it travels as it
   * stands, so the back end sees exactly the bytes that were typed.
   */
  command(op, fields, payload) {
    if (!this.#welcomed) {
      return Promise.reject(new Refusal('disconnected', 'Not connected. Wait until the connection is back.'));
    }
    const id = this.#nextId++;
    const envelope = JSON.stringify({op, id, ...fields});
    this.#socket.send(payload ? `${envelope.slice(0, -1)},${payload}}` : envelope);
    return new Promise((resolve, reject) => this.#waiting.set(id, {resolve, reject}));
  }

  #receive(envelope) {
    switch (envelope.op) {
      case 'welcome':
        this.#welcomed = true;
        this.#attempts = 0;
        this.#listener.state('online', 'Connected', false);
        this.#listener.welcome(envelope);
        this.#ping();
        return;
      case 'message':
        this.#listener.message(envelope);
        return;
      case 'pong':
        this.#listener.roundTrip(performance.now() - this.#pingSent);
        this.#pingSent = null;
        return;
      case 'goaway':
        this.#announcedDelay = envelope.reconnect;
        this.#listener.notice(envelope);
        return;
      default:
        if (!this.#answer(envelope)) {
          this.#listener.notice(envelope);
        }
    }
  }

  #answer(envelope) {
    const waiting = this.#waiting.get(envelope.id);
    if (!waiting) {
      return false;
    }
    this.#waiting.delete(envelope.id);
    if (envelope.op === 'error') {
      waiting.reject(new Refusal(envelope.code, envelope.message));
    } else {
      waiting.resolve(envelope);
    }
    return true;
  }

  /** A cable that was pulled closes nothing: only a ping that stays unanswered tells. */
  #ping() {
    clearTimeout(this.#pingTimer);
    const now = performance.now();
    if (this.#pingSent !== null && now - this.#pingSent > PONG_TIMEOUT) {
      const dead = this.#socket;
      this.#lost(1006, 'no answer to a ping');
      dead.close();
      return;
    }
    if (this.#pingSent === null) {
      this.#pingSent = now;
      this.#socket.send('{"op":"ping"}');
    }
    this.#pingTimer = setTimeout(() => this.#ping(), PING_INTERVAL);
  }

  #lost(code, reason) {
    clearTimeout(this.#pingTimer);
    this.#socket = null;
    this.#welcomed = false;
    this.#pingSent = null;
    for (const {reject} of this.#waiting.values()) {
      reject(new Refusal('disconnected', 'The connection was lost before the answer came, so the outcome is unknown.'));
    }
    this.#waiting.clear();
    if (FINAL.has(code)) {
      const detail = reason ? ` (${reason})` : '';
      this.#listener.state('stopped', `${FINAL.get(code)}: ${code}${detail}`, true);
      return;
    }
    this.#retryAfter(this.#delay(code));
  }

  /** What the gateway asked for, else exponential back-off with full jitter, so that a thousand pages do not come back as one. */
  #delay(code) {
    const announced = this.#announcedDelay;
    this.#announcedDelay = null;
    if (announced !== null) {
      return announced;
    }
    if (code === 4429) {
      return 60_000;
    }
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempts++);
    return ceiling / 4 + Math.random() * ceiling * 3 / 4;
  }

  #retryAfter(delay) {
    const seconds = Math.ceil(delay / 1000);
    this.#listener.state('waiting', seconds > 1 ? `Connection lost, trying again in ${seconds} s` : 'Connection lost, trying again', true);
    this.#retryTimer = setTimeout(() => this.open(), delay);
  }
}
