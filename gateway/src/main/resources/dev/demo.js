/** The demo page of `sluice dev`: no framework, no build step, only the browser's own WebSocket. Begin to read here. */
import {Board} from './demo/board.js';
import {Connection} from './demo/connection.js';
import {Meter} from './demo/meter.js';
import {Orders} from './demo/orders.js';
import {PublishForm} from './demo/publish.js';
import {Stream} from './demo/stream.js';
import {Subscriptions} from './demo/subscriptions.js';

const GAPS = {
  slow: 'this page read too slowly',
  broker: 'the gateway had lost its broker',
  history: 'the history does not reach back that far',
  too_large: 'a message was too large to deliver',
};

const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
const stream = new Stream();
const board = new Board();
const orders = new Orders();
const meter = new Meter();
const DROPPED_MS = 5_000;
const COUNTED_MS = 1_500;
const SHOWN_MS = 20_000;
let lostAt = null;
let backAt = null;
let late = 0;
let frame = 0;

const connection = new Connection(url, {
  state(state, text, canRetry) {
    const element = document.getElementById('connection');
    if (element.dataset.state === 'online' && state !== 'online') {
      lostAt = Date.now();
      blocked(false);
      subscriptions.suspend();
    }
    element.dataset.state = state;
    document.getElementById('connection-text').textContent = text;
    document.getElementById('reconnect').hidden = !canRetry;
    document.getElementById('drop').hidden = state !== 'online';
  },
  async welcome() {
    backAt = Date.now();
    late = 0;
    const resumed = await subscriptions.resubscribe();
    if (lostAt !== null) {
      cameBack(((backAt - lostAt) / 1000).toFixed(1), resumed);
    }
  },
  message(message) {
    const missed = isLate(message);
    meter.count(message, missed);
    subscriptions.count(message.topic);
    if (message.position) {
      subscriptions.passed(message.topic, message.position);
    }
    stream.message(message, missed);
    board.take(message);
    orders.take(message);
    requestDraw();
  },
  notice: fromGateway,
  roundTrip: ms => meter.roundTrip(ms),
});
const subscriptions = new Subscriptions(connection, notice);
new PublishForm(connection);

/** Whether it was published while this page was away: the samples say when they were made. */
function isLate({data}) {
  const made = Date.parse(data?.time);
  const missed = lostAt !== null && made > lostAt && made < backAt;
  late += missed ? 1 : 0;
  return missed;
}

/** `resumed`: for each subscription that went on where it stood, whether nothing is missing. */
function cameBack(seconds, resumed) {
  if (resumed.length === 0) {
    notice('gap', `Connected again after ${seconds} s. What was published meanwhile is not in this list.`);
  } else if (resumed.includes(false)) {
    notice('gap', `Connected again after ${seconds} s, recovered: false. The history cannot prove that nothing is missing.`);
  } else {
    setTimeout(() => resumedAfter(seconds), COUNTED_MS);
  }
}

function resumedAfter(seconds) {
  const text = `Connected again after ${seconds} s, recovered: true. Nothing is missing: `
    + `${late} messages of the meantime have come after all.`;
  notice('resumed', text);
  const banner = document.getElementById('resumed');
  banner.textContent = text;
  banner.hidden = false;
  setTimeout(() => { banner.hidden = true; }, SHOWN_MS);
}

/** However many messages come, the page is drawn once per frame. */
function requestDraw() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    stream.draw();
    board.draw();
    orders.draw();
  });
}

/** What the gateway says on its own account. */
function fromGateway(envelope) {
  switch (envelope.op) {
    case 'gap': {
      const missed = envelope.missed ? `messages missing here: ${envelope.missed}` : 'messages may be missing here';
      notice('gap', `Gap in ${envelope.topic}: ${GAPS[envelope.reason] ?? envelope.reason}; ${missed}.`);
      return;
    }
    case 'blocked':
    case 'unblocked':
      blocked(envelope.op === 'blocked');
      return;
    case 'position':
      subscriptions.stands(envelope.topic, envelope.position);
      return;
    case 'unsubscribed':
      subscriptions.forget(envelope.topic);
      notice('error', `The gateway ended the subscription to ${envelope.topic} (${envelope.code}).`);
      return;
    case 'goaway':
      notice('info', `The gateway asks this page to go (${envelope.reason}) and to come back in ${envelope.reconnect} ms.`);
      return;
    case 'error':
      notice('error', `${envelope.message} (${envelope.code})`);
      return;
    default: // a later version may say more
  }
}

function notice(kind, text) {
  stream.notice(kind, text);
  document.getElementById('announcer').textContent = text;
  requestDraw();
}

function blocked(now) {
  const banner = document.getElementById('blocked');
  banner.hidden = !now;
  banner.textContent = now ? 'The broker accepts no publishes at the moment (memory or disk alarm). Messages still arrive.' : '';
}

document.getElementById('drop').addEventListener('click', () => connection.drop(DROPPED_MS));
document.getElementById('reconnect').addEventListener('click', () => connection.open());
document.getElementById('snippet').textContent = `const ws = new WebSocket(
  "${url}")
ws.onopen = () => ws.send(
  '{"op":"subscribe","topic":"#"}')
ws.onmessage = e => console.log(e.data)`;
setInterval(() => {
  meter.show();
  subscriptions.showRates();
}, 1000);
for (const pattern of ['prices.#', 'orders.#', 'news.*', 'chat.*']) {
  subscriptions.add(pattern);
}
connection.open();
