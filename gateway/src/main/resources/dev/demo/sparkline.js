const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 100;
const HEIGHT = 24;

/** A line of the newest values with the area below it filled: water in a gauge. */
export class Sparkline {
  #capacity;
  #fromZero;
  #values = [];
  #line = document.createElementNS(SVG, 'polyline');
  #area = document.createElementNS(SVG, 'polygon');

  /** `fromZero`: the lower edge is 0, as for a rate; else it is the smallest value, as for a price. */
  constructor(svg, capacity, fromZero) {
    this.#capacity = capacity;
    this.#fromZero = fromZero;
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.append(this.#area, this.#line);
  }

  push(value) {
    this.#values.push(value);
    if (this.#values.length > this.#capacity) {
      this.#values.shift();
    }
  }

  draw() {
    const known = this.#values.filter(value => value !== null);
    if (known.length < 2) {
      return;
    }
    const low = this.#fromZero ? 0 : Math.min(...known);
    const range = Math.max(...known) - low || 1;
    const step = WIDTH / (this.#values.length - 1);
    const points = [];
    this.#values.forEach((value, i) => {
      if (value !== null) {
        const y = HEIGHT - 2 - (value - low) / range * (HEIGHT - 5);
        points.push(`${(i * step).toFixed(1)},${y.toFixed(1)}`);
      }
    });
    const first = points[0].split(',')[0];
    const last = points[points.length - 1].split(',')[0];
    this.#line.setAttribute('points', points.join(' '));
    this.#area.setAttribute('points', `${first},${HEIGHT} ${points.join(' ')} ${last},${HEIGHT}`);
  }
}
