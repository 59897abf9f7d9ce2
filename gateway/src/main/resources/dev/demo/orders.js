const STATUSES = ['created', 'paid', 'packed', 'shipped'];
const SHOWN = 5;

/** Where the newest orders stand on their way. */
export class Orders {
  #list = document.getElementById('orders');
  #empty = document.getElementById('orders-empty');
  #orders = new Map();
  #changed = false;

  /** Takes a message if it is an order's status; returns whether anything is to be drawn. */
  take({topic, data}) {
    const id = /^orders\.([^.]+)\.status$/.exec(topic)?.[1];
    if (id === undefined || !STATUSES.includes(data?.status)) {
      return false;
    }
    this.#orders.set(id, data.status);
    if (this.#orders.size > SHOWN) {
      this.#orders.delete(this.#oldest());
    }
    this.#changed = true;
    return true;
  }

  draw() {
    if (!this.#changed) {
      return;
    }
    this.#changed = false;
    this.#empty.hidden = true;
    const newestFirst = [...this.#orders].sort(([a], [b]) => b.localeCompare(a, 'en', {numeric: true}));
    this.#list.replaceChildren(...newestFirst.map(([id, status]) => row(id, status)));
  }

  /** One that has been shipped, else the one that came first. */
  #oldest() {
    const ids = [...this.#orders.keys()].slice(0, -1);
    return ids.find(id => this.#orders.get(id) === 'shipped') ?? ids[0];
  }
}

function row(id, status) {
  const item = document.createElement('li');
  item.dataset.status = status;
  const name = document.createElement('span');
  name.textContent = `#${id}`;
  const steps = document.createElement('span');
  steps.className = 'steps';
  steps.setAttribute('aria-hidden', 'true');
  const reached = STATUSES.indexOf(status);
  STATUSES.forEach((_, i) => {
    const step = document.createElement('i');
    step.className = i <= reached ? 'done' : '';
    steps.append(step);
  });
  const word = document.createElement('span');
  word.className = 'status';
  word.textContent = status;
  item.append(name, steps, word);
  return item;
}
