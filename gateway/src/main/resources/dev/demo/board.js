import {Sparkline} from './sparkline.js';

const TILES = 12;
const PRICES_SHOWN = 60;
const FLASH = 350;

/** The newest price of each pair. Messages may come by the hundred; a tile is drawn at most once per frame. */
export class Board {
  #list = document.getElementById('board');
  #empty = document.getElementById('board-empty');
  #tiles = new Map();
  #changed = new Set();

  /** Takes a message if it is a price; returns whether anything is to be drawn. */
  take({topic, data}) {
    if (!topic.startsWith('prices.') || typeof data?.bid !== 'number' || typeof data?.ask !== 'number') {
      return false;
    }
    let tile = this.#tiles.get(topic);
    if (!tile) {
      if (this.#tiles.size === TILES) {
        return false;
      }
      tile = new Tile(topic, data.bid);
      this.#tiles.set(topic, tile);
      this.#place(tile);
      this.#empty.hidden = true;
    }
    tile.update(data.bid, data.ask);
    this.#changed.add(tile);
    return true;
  }

  draw() {
    this.#changed.forEach(tile => tile.draw());
    this.#changed.clear();
  }

  /** In the order of their names, so that a reload shows the same board. */
  #place(tile) {
    const after = [...this.#list.children].find(other => other.dataset.topic > tile.element.dataset.topic);
    this.#list.insertBefore(tile.element, after ?? null);
  }
}

class Tile {
  element = document.createElement('li');
  #opening;
  #bid;
  #ask = 0;
  #direction = 'same';
  #decimals = 0;
  #sparkline;
  #flash = 0;

  constructor(topic, opening) {
    this.#opening = opening;
    this.#bid = opening;
    this.element.className = 'tile';
    this.element.dataset.topic = topic;
    this.element.dataset.testid = 'price';
    this.element.innerHTML = '<h3></h3><p class="bid"></p><p class="change"></p>'
      + '<svg class="sparkline" aria-hidden="true"></svg><p class="ask"></p>';
    this.element.querySelector('h3').textContent = topic.split('.').slice(1).join('/').toUpperCase();
    this.#sparkline = new Sparkline(this.element.querySelector('svg'), PRICES_SHOWN, false);
  }

  update(bid, ask) {
    this.#direction = bid > this.#bid ? 'up' : bid < this.#bid ? 'down' : this.#direction;
    this.#bid = bid;
    this.#ask = ask;
    this.#decimals = Math.min(6, Math.max(this.#decimals, decimals(bid), decimals(ask)));
    this.#sparkline.push(bid);
  }

  draw() {
    const [head, big, tail] = figures(this.#bid.toFixed(this.#decimals), this.#decimals);
    const price = this.element.querySelector('.bid');
    price.replaceChildren(head, Object.assign(document.createElement('strong'), {textContent: big}), tail);
    this.element.querySelector('.ask').textContent = `ask ${this.#ask.toFixed(this.#decimals)}`;
    const change = Math.round((this.#bid / this.#opening - 1) * 10_000) / 100;
    const figure = this.element.querySelector('.change');
    figure.textContent = `${change < 0 ? '−' : change > 0 ? '+' : ''}${Math.abs(change).toFixed(2)} %`;
    figure.dataset.sign = Math.sign(change);
    this.element.dataset.direction = this.#direction;
    this.element.dataset.flash = 'on';
    this.#sparkline.draw();
    clearTimeout(this.#flash);
    this.#flash = setTimeout(() => delete this.element.dataset.flash, FLASH);
  }
}

/** As dealers write it: the two digits that move are big. `1.08`+`53`+`1`; a price with few decimals has its whole number big. */
function figures(text, places) {
  if (places >= 3) {
    return [text.slice(0, -3), text.slice(-3, -1), text.slice(-1)];
  }
  const point = text.indexOf('.');
  return point < 0 ? ['', text, ''] : ['', text.slice(0, point), text.slice(point)];
}

function decimals(price) {
  const text = String(price);
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}
