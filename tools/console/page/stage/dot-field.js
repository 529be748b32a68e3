import { kinds } from '../ui/kinds.js';

/** @import { Sample } from '../../contract' */
/** @import { Wires } from './wires.js' */

const SVG = 'http://www.w3.org/2000/svg';
const TRAVEL_MS = 1_600;
const FADE_MS = 400;
/** The server sends this often, and the dots of one message leave spread over that time. */
const SPREAD_MS = 500;
const MAX_DOTS = 150;

/**
 * @typedef {object} Dot
 * @property {Sample} sample
 * @property {SVGGElement} element
 * @property {number} ageMs Negative until it leaves.
 * @property {boolean} isStopped
 */

/** The statements that are under way in the picture. */
export class DotField {
  /** @type {Set<Dot>} */
  #dots = new Set();
  #lastMs = 0;
  #frame = 0;
  isHeld = false;
  #isStill = matchMedia('(prefers-reduced-motion: reduce)');

  /**
   * @param {SVGGElement} group
   * @param {Wires} wires
   * @param {(shown: { sample: Sample; x: number; y: number } | null) => void} show
   */
  constructor(group, wires, show) {
    this.group = group;
    this.wires = wires;
    this.show = show;
    this.#frame = requestAnimationFrame((nowMs) => this.#draw(nowMs));
  }

  end() {
    cancelAnimationFrame(this.#frame);
  }

  /** @param {readonly Sample[]} samples */
  add(samples) {
    // A hidden page draws nothing, and nothing must wait for it.
    if (document.hidden || this.isHeld) return;
    for (const sample of samples) {
      if (this.#dots.size >= MAX_DOTS) return;
      const ageMs = -Math.random() * SPREAD_MS;
      /** @type {Dot} */
      const dot = { sample, element: dotElement(sample), ageMs, isStopped: false };
      this.#listen(dot);
      this.group.append(dot.element);
      this.#dots.add(dot);
    }
  }

  /** @param {boolean} isHeld Whether all dots stand still, so that the keyboard can reach them. */
  hold(isHeld) {
    this.isHeld = isHeld;
    for (const { element } of this.#dots) {
      if (isHeld) element.setAttribute('tabindex', '0');
      else element.removeAttribute('tabindex');
    }
    if (!isHeld) this.letGo();
  }

  /** Lets the dots go on that the pointer has stopped. */
  letGo() {
    for (const dot of this.#dots) dot.isStopped = false;
    this.show(null);
  }

  /** @param {number} nowMs */
  #draw(nowMs) {
    const passedMs = Math.min(100, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    for (const dot of this.#dots) {
      if (!dot.isStopped && !this.isHeld) dot.ageMs += passedMs;
      if (dot.ageMs > TRAVEL_MS + FADE_MS) this.#remove(dot);
      else this.#place(dot);
    }
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
  }

  /** @param {Dot} dot */
  #place({ sample, element, ageMs }) {
    const way = this.wires.way(sample.service, sample.node);
    const isVisible = way !== undefined && ageMs >= 0;
    element.setAttribute('visibility', isVisible ? 'visible' : 'hidden');
    if (!isVisible) return;
    // Without motion, a dot appears where its statement has gone.
    const share = this.#isStill.matches ? 1 : Math.min(1, ageMs / TRAVEL_MS);
    const { x, y } = way.at(share);
    element.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    element.setAttribute('opacity', String(1 - Math.max(0, ageMs - TRAVEL_MS) / FADE_MS));
  }

  /** @param {Dot} dot */
  #listen(dot) {
    const { element, sample } = dot;
    const stop = () => {
      for (const other of this.#dots) other.isStopped = false;
      dot.isStopped = true;
      const way = this.wires.way(sample.service, sample.node);
      const share = this.#isStill.matches ? 1 : Math.min(1, Math.max(0, dot.ageMs / TRAVEL_MS));
      const { x, y } = way?.at(share) ?? { x: 0, y: 0 };
      this.show({ sample, x, y });
    };
    element.addEventListener('pointerenter', stop);
    element.addEventListener('click', stop);
    element.addEventListener('focus', stop);
    element.addEventListener('pointerleave', ({ pointerType }) => {
      // A finger that is lifted leaves too; what it has stopped stays until the next tap.
      if (pointerType === 'mouse') this.letGo();
    });
    element.addEventListener('blur', () => this.letGo());
  }

  /** @param {Dot} dot */
  #remove(dot) {
    dot.element.remove();
    this.#dots.delete(dot);
  }
}

/** @param {Sample} sample */
function dotElement({ kind, summary, node, reason }) {
  const element = document.createElementNS(SVG, 'g');
  element.setAttribute('class', `dot dot-${kind}`);
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', `${kinds[kind].label}: ${summary} on ${node}, ${reason}`);
  element.setAttribute('visibility', 'hidden');
  const target = document.createElementNS(SVG, 'circle');
  target.setAttribute('class', 'dot-target');
  target.setAttribute('r', '12');
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', kinds[kind].path);
  element.append(target, shape);
  return element;
}
