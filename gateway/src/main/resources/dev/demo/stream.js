import {hue} from './topics.js';

const KEPT = 500;
const ROWS = 200;
const PREVIEW = 400;
const LONGEST_TEXT = 16_384;

/**
 * The newest entries first: messages, and notices such as a gap at the place where it happened. Entries are kept, bounded, in memory and
 * drawn once per frame; the list has at most 200 rows, however many messages come.
 */
export class Stream {
  #list = document.getElementById('stream');
  #empty = document.getElementById('stream-empty');
  #pause = document.getElementById('pause');
  #filter = document.getElementById('filter');
  #entries = [];
  #fresh = [];
  #missed = 0;
  #paused = false;

  constructor() {
    this.#pause.addEventListener('click', () => this.#togglePause());
    this.#filter.addEventListener('input', () => this.#redraw());
    document.getElementById('clear').addEventListener('click', () => this.#clear());
    this.#list.addEventListener('keydown', event => this.#move(event));
    this.#list.addEventListener('toggle', event => event.target.open && unfold(event.target), true);
  }

  /** `late`: published while this page was away. */
  message({topic, data, text, base64, type}, late) {
    const payload = data !== undefined ? JSON.stringify(data) : text ?? base64 ?? '';
    const kind = type ?? (data !== undefined ? 'json' : text !== undefined ? 'text' : 'base64');
    this.#add({at: new Date(), topic, kind, payload: shorten(payload), size: payload.length, late});
  }

  /** `kind`: `gap`, `error` or `info`. */
  notice(kind, text) {
    this.#add({at: new Date(), notice: kind, payload: text});
  }

  draw() {
    if (this.#paused) {
      this.#pause.textContent = this.#missed ? `Resume (${this.#missed})` : 'Resume';
      return;
    }
    if (this.#fresh.length === 0) {
      return;
    }
    const rows = this.#fresh.filter(entry => this.#shows(entry)).slice(-ROWS).reverse().map(row);
    this.#fresh = [];
    this.#list.prepend(...rows);
    while (this.#list.childElementCount > ROWS) {
      this.#list.lastElementChild.remove();
    }
    this.#empty.hidden = this.#list.childElementCount > 0;
  }

  #add(entry) {
    push(this.#entries, entry, KEPT);
    if (this.#paused) {
      this.#missed++;
    } else {
      push(this.#fresh, entry, KEPT);
    }
  }

  #shows(entry) {
    const wanted = this.#filter.value.trim().toLowerCase();
    return !wanted || (entry.topic ?? '').toLowerCase().includes(wanted) || entry.payload.toLowerCase().includes(wanted);
  }

  #togglePause() {
    this.#paused = !this.#paused;
    this.#missed = 0;
    this.#pause.setAttribute('aria-pressed', String(this.#paused));
    this.#pause.textContent = this.#paused ? 'Resume' : 'Pause';
    if (!this.#paused) {
      this.#redraw();
    }
  }

  #clear() {
    this.#entries = [];
    this.#redraw();
  }

  #redraw() {
    this.#fresh = [];
    const rows = this.#entries.filter(entry => this.#shows(entry)).slice(-ROWS).reverse().map(row);
    this.#list.replaceChildren(...rows);
    this.#empty.hidden = rows.length > 0;
  }

  /** The rows are one stop of the Tab key, not two hundred. */
  #move(event) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') {
      return;
    }
    const rows = [...this.#list.querySelectorAll('summary')];
    const here = rows.indexOf(document.activeElement);
    const next = rows[here + (event.key === 'ArrowDown' ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}

function push(entries, entry, capacity) {
  entries.push(entry);
  if (entries.length > capacity) {
    entries.shift();
  }
}

function shorten(text) {
  return text.length <= LONGEST_TEXT ? text : text.slice(0, LONGEST_TEXT);
}

function row(entry) {
  return entry.notice ? noticeRow(entry) : messageRow(entry);
}

function noticeRow(entry) {
  const item = element('li', `notice ${entry.notice}`);
  item.dataset.testid = 'notice';
  item.dataset.kind = entry.notice;
  item.append(time(entry.at), element('span', 'payload', entry.payload));
  return item;
}

function messageRow(entry) {
  const item = element('li', entry.late ? 'message late' : 'message');
  item.dataset.testid = 'message';
  item.dataset.topic = entry.topic;
  item.dataset.kind = entry.kind;
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.tabIndex = -1;
  summary.append(
    time(entry.at),
    element('span', `topic hue-${hue(entry.topic)}`, entry.topic),
    element('span', 'payload', entry.payload.slice(0, PREVIEW)));
  details.append(summary);
  details.entry = entry;
  item.append(details);
  return item;
}

/** The whole payload, written only when somebody looks. */
function unfold(details) {
  if (!details.entry || details.querySelector('pre')) {
    return;
  }
  const {kind, payload, size} = details.entry;
  const whole = size === payload.length;
  const text = kind === 'text' || !whole ? payload : indent(payload);
  const note = whole ? `${size} characters` : `the first ${payload.length} of ${size} characters`;
  details.append(element('pre', '', text), element('p', 'hint', `${kind}, ${note}`));
}

function indent(payload) {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

function time(at) {
  const stamp = element('time', '', `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`);
  stamp.dateTime = at.toISOString();
  return stamp;
}

function element(name, className, text = '') {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}
